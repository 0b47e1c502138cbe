namespace Latchkey.Tls.Messages;

/// <summary>EncryptedExtensions (RFC 8446 §4.3.1): what was agreed beside the keys.</summary>
internal static class EncryptedExtensions
{
    /// <summary>record_size_limit as we announce it: full records, the byte of the content type included (RFC 8449 §4).</summary>
    private const int RecordSizeLimit13 = (1 << 14) + 1;

    /// <param name="applicationProtocol">ALPN; null for none.</param>
    /// <param name="acknowledgeServerName">The name decided which site answers (RFC 6066 §3).</param>
    /// <param name="acknowledgeRecordSizeLimit">The client sent one: RFC 8449 §4 wants ours in return.</param>
    /// <param name="acceptEarlyData">RFC 8446 §4.2.10.</param>
    public static HandshakeMessage Encode(string? applicationProtocol, bool acknowledgeServerName, bool acknowledgeRecordSizeLimit, bool acceptEarlyData = false)
    {
        var writer = new MessageWriter(HandshakeType.EncryptedExtensions, 64);
        var extensions = writer.BeginVector(2);
        if (acknowledgeServerName)
            writer.WriteExtension(ExtensionType.ServerName, []);
        if (applicationProtocol is not null)
            ServerExtensions.WriteApplicationProtocol(ref writer, applicationProtocol);
        if (acknowledgeRecordSizeLimit)
            writer.WriteExtension(ExtensionType.RecordSizeLimit, [RecordSizeLimit13 >> 8, RecordSizeLimit13 & 0xFF]);
        if (acceptEarlyData)
            writer.WriteExtension(ExtensionType.EarlyData, []);
        writer.EndVector(extensions, 2);
        return writer.ToMessage();
    }
}
