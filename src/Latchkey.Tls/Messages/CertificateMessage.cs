namespace Latchkey.Tls.Messages;

/// <summary>The server's Certificate, whose form differs between versions.</summary>
internal static class CertificateMessage
{
    /// <summary>RFC 5246 §7.4.2.</summary>
    public static HandshakeMessage Encode12(IReadOnlyList<ReadOnlyMemory<byte>> chain)
    {
        var writer = new MessageWriter(HandshakeType.Certificate, Capacity(chain));
        var list = writer.BeginVector(3);
        foreach (var certificate in chain)
            writer.WriteVector24(certificate.Span);
        writer.EndVector(list, 3);
        return writer.ToMessage();
    }

    /// <summary>RFC 8446 §4.4.2: with an empty request context and no extensions per certificate.</summary>
    public static HandshakeMessage Encode13(IReadOnlyList<ReadOnlyMemory<byte>> chain)
    {
        var writer = new MessageWriter(HandshakeType.Certificate, Capacity(chain));
        writer.WriteVector8([]);
        var list = writer.BeginVector(3);
        foreach (var certificate in chain)
        {
            writer.WriteVector24(certificate.Span);
            writer.WriteVector16([]);
        }

        writer.EndVector(list, 3);
        return writer.ToMessage();
    }

    private static int Capacity(IReadOnlyList<ReadOnlyMemory<byte>> chain) => 16 + chain.Sum(certificate => certificate.Length + 8);
}
