namespace Latchkey.Tls.Messages;

/// <summary>ServerHello of TLS 1.2, RFC 5246 §7.4.1.3.</summary>
internal static class ServerHello12
{
    /// <summary>record_size_limit as we announce it: full records, content only (RFC 8449 §4).</summary>
    private const int RecordSizeLimit = 1 << 14;

    /// <param name="random">32 bytes.</param>
    /// <param name="sessionId">0 to 32 bytes; empty: the session cannot be resumed by an identifier (RFC 5246 §7.4.1.3).</param>
    /// <param name="extensions">Only what answers the client's: anything else is an unsupported_extension to it.</param>
    public static HandshakeMessage Encode(ReadOnlySpan<byte> random, ReadOnlySpan<byte> sessionId, CipherSuite suite, ServerHello12Extensions extensions)
    {
        var writer = new MessageWriter(HandshakeType.ServerHello, 128);
        writer.WriteUInt16((ushort)TlsVersion.Tls12);
        writer.WriteBytes(random);
        writer.WriteVector8(sessionId);
        writer.WriteUInt16((ushort)suite);
        writer.WriteUInt8(0);
        // RFC 5246 §7.4.1.3: a client that sent no extensions may know of none; two bytes more than it expects are a malformed
        // message to it.
        if (!extensions.IsEmpty)
        {
            var block = writer.BeginVector(2);
            WriteExtensions(ref writer, extensions);
            writer.EndVector(block, 2);
        }

        return writer.ToMessage();
    }

    private static void WriteExtensions(ref MessageWriter writer, ServerHello12Extensions extensions)
    {
        if (extensions.ServerName)
            writer.WriteExtension(ExtensionType.ServerName, []);
        if (extensions.SecureRenegotiation)
            writer.WriteExtension(ExtensionType.RenegotiationInfo, [0]);
        if (extensions.EcPointFormats)
            writer.WriteExtension(ExtensionType.EcPointFormats, [1, 0]);
        if (extensions.ExtendedMasterSecret)
            writer.WriteExtension(ExtensionType.ExtendedMasterSecret, []);
        if (extensions.EncryptThenMac)
            writer.WriteExtension(ExtensionType.EncryptThenMac, []);
        if (extensions.SessionTicket)
            writer.WriteExtension(ExtensionType.SessionTicket, []);
        if (extensions.ApplicationProtocol is { } protocol)
            ServerExtensions.WriteApplicationProtocol(ref writer, protocol);
        if (extensions.RecordSizeLimit)
            writer.WriteExtension(ExtensionType.RecordSizeLimit, [RecordSizeLimit >> 8, RecordSizeLimit & 0xFF]);
    }
}

/// <summary>Which extensions a TLS 1.2 ServerHello carries.</summary>
internal sealed record ServerHello12Extensions
{
    /// <summary>The name was used (RFC 6066 §3).</summary>
    public bool ServerName { get; init; }

    /// <summary>The empty renegotiation_info of an initial handshake (RFC 5746 §3.6).</summary>
    public bool SecureRenegotiation { get; init; }

    /// <summary>Uncompressed points only (RFC 8422 §5.2).</summary>
    public bool EcPointFormats { get; init; }

    /// <summary>RFC 7627 §5.2.</summary>
    public bool ExtendedMasterSecret { get; init; }

    /// <summary>RFC 7366 §2: only with a CBC suite.</summary>
    public bool EncryptThenMac { get; init; }

    /// <summary>A NewSessionTicket follows, without fail (RFC 5077 §3.2).</summary>
    public bool SessionTicket { get; init; }

    /// <summary>RFC 7301; null for none.</summary>
    public string? ApplicationProtocol { get; init; }

    /// <summary>RFC 8449.</summary>
    public bool RecordSizeLimit { get; init; }

    /// <summary>None at all: the block is left out.</summary>
    public bool IsEmpty => this == None;

    /// <summary>What full and abbreviated handshakes answer alike.</summary>
    public static ServerHello12Extensions Answering(ClientHello hello, string? applicationProtocol) => new()
    {
        SecureRenegotiation = hello.SecureRenegotiation,
        ExtendedMasterSecret = hello.ExtendedMasterSecret,
        ApplicationProtocol = applicationProtocol,
        RecordSizeLimit = hello.RecordSizeLimit is not null,
    };

    private static ServerHello12Extensions None { get; } = new();
}
