using Latchkey.Tls.Messages;

namespace Latchkey.Tls.Tests.Tls13;

/// <summary>Looks into the extensions that a server sends.</summary>
internal static class ServerHelloExtensions
{
    /// <summary>The body of one in a list without its length; null where it is not there.</summary>
    public static ReadOnlyMemory<byte>? Find(ReadOnlyMemory<byte> list, ExtensionType type)
    {
        while (list.Length >= 4)
        {
            var found = (ExtensionType)((list.Span[0] << 8) | list.Span[1]);
            var length = (list.Span[2] << 8) | list.Span[3];
            if (found == type)
                return list.Slice(4, length);
            list = list[(4 + length)..];
        }

        return null;
    }

    /// <summary>selected_identity of a ServerHello.</summary>
    public static int? SelectedIdentity(HandshakeMessage serverHello, int sessionIdLength) =>
        Find(serverHello.Body[(40 + sessionIdLength)..], ExtensionType.PreSharedKey) is { } body ? (body.Span[0] << 8) | body.Span[1] : null;
}
