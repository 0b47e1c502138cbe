using System.Text;

namespace Latchkey.Tls.Messages;

/// <summary>Extensions that a server writes alike in both versions.</summary>
internal static class ServerExtensions
{
    /// <summary>RFC 7301 §3.1: a list of exactly one name.</summary>
    public static void WriteApplicationProtocol(ref MessageWriter writer, string name)
    {
        writer.WriteUInt16((ushort)ExtensionType.ApplicationLayerProtocolNegotiation);
        var body = writer.BeginVector(2);
        var list = writer.BeginVector(2);
        writer.WriteVector8(Encoding.Latin1.GetBytes(name));
        writer.EndVector(list, 2);
        writer.EndVector(body, 2);
    }
}
