using Latchkey.Tls.Alerts;

namespace Latchkey.Tls.Messages;

/// <summary>Certificate, whose form differs between versions.</summary>
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

    /// <summary>RFC 8446 §4.4.2: with an empty request context.</summary>
    /// <param name="delegatedCredential">In the entry of the first certificate, where RFC 9345 §4.1.1 wants it; empty: no entry has an extension.</param>
    public static HandshakeMessage Encode13(IReadOnlyList<ReadOnlyMemory<byte>> chain, ReadOnlySpan<byte> delegatedCredential = default)
    {
        var writer = new MessageWriter(HandshakeType.Certificate, Capacity(chain) + delegatedCredential.Length);
        writer.WriteVector8([]);
        var list = writer.BeginVector(3);
        for (var i = 0; i < chain.Count; i++)
        {
            writer.WriteVector24(chain[i].Span);
            var extensions = writer.BeginVector(2);
            if (i == 0 && !delegatedCredential.IsEmpty)
                writer.WriteExtension(ExtensionType.DelegatedCredential, delegatedCredential);
            writer.EndVector(extensions, 2);
        }

        writer.EndVector(list, 3);
        return writer.ToMessage();
    }

    /// <summary>The client's, RFC 5246 §7.4.6; empty where it has none.</summary>
    /// <exception cref="PeerMisbehavedException">unexpected_message or decode_error.</exception>
    public static IReadOnlyList<ReadOnlyMemory<byte>> Parse12(HandshakeMessage message)
    {
        var reader = new MessageReader(message.Expect(HandshakeType.Certificate).Body);
        if (!reader.TryReadVector24(out var list) || !reader.IsEmpty)
            throw ClientHelloParser.Malformed("Certificate");
        var chain = new List<ReadOnlyMemory<byte>>();
        var rest = new MessageReader(list);
        while (!rest.IsEmpty)
            chain.Add(rest.TryReadVector24(out var certificate) && !certificate.IsEmpty ? certificate : throw ClientHelloParser.Malformed("Certificate"));
        return chain;
    }

    /// <summary>The client's, RFC 8446 §4.4.2; empty where it has none.</summary>
    /// <exception cref="PeerMisbehavedException">unexpected_message, decode_error; illegal_parameter: a context, of which we sent none;
    /// unsupported_extension: one that was not asked for.</exception>
    public static IReadOnlyList<ReadOnlyMemory<byte>> Parse13(HandshakeMessage message)
    {
        var reader = new MessageReader(message.Expect(HandshakeType.Certificate).Body);
        if (!reader.TryReadVector8(out var context) || !reader.TryReadVector24(out var list) || !reader.IsEmpty)
            throw ClientHelloParser.Malformed("Certificate");
        if (!context.IsEmpty)
            throw new PeerMisbehavedException(AlertDescription.IllegalParameter, "The client's Certificate has a context.");
        var chain = new List<ReadOnlyMemory<byte>>();
        var rest = new MessageReader(list);
        while (!rest.IsEmpty)
        {
            if (!rest.TryReadVector24(out var certificate) || certificate.IsEmpty || !rest.TryReadVector16(out var extensions))
                throw ClientHelloParser.Malformed("Certificate");
            if (!extensions.IsEmpty)
                throw new PeerMisbehavedException(AlertDescription.UnsupportedExtension, "The client's Certificate has an extension that was not asked for.");
            chain.Add(certificate);
        }

        return chain;
    }

    private static int Capacity(IReadOnlyList<ReadOnlyMemory<byte>> chain) => 16 + chain.Sum(certificate => certificate.Length + 8);
}
