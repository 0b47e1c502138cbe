using System.Buffers;
using Latchkey.Tls.Alerts;

namespace Latchkey.Tls.Records;

/// <summary>
/// Recognizes what is not TLS by its first bytes, so that the operator reads "plain HTTP" in the log instead of puzzling over a
/// record type, and so that such a client is not kept waiting for the rest of a record that it never announced.
/// </summary>
internal static class FirstBytes
{
    public static void Check(in ReadOnlySequence<byte> buffer)
    {
        Span<byte> bytes = stackalloc byte[(int)Math.Min(buffer.Length, 4)];
        buffer.Slice(0, bytes.Length).CopyTo(bytes);
        if (bytes[0] is >= (byte)'A' and <= (byte)'Z')
            throw new PeerMisbehavedException(AlertDescription.UnexpectedMessage, "This looks like a plain-text protocol (HTTP?) on the TLS port.");
        // RFC 8446 §D.5: implementations must not accept the SSLv2 form of hello: two bytes of length with the high bit, then 1.
        if ((bytes[0] & 0x80) != 0 && bytes is [_, _, 1, ..])
            throw new PeerIncompatibleException(AlertDescription.ProtocolVersion, "An SSLv2 ClientHello.");
        if (bytes[0] is not ((byte)ContentType.Handshake or (byte)ContentType.Alert) && ((bytes[0] & 0x80) == 0 || bytes.Length > 2))
            throw new PeerMisbehavedException(AlertDescription.UnexpectedMessage, $"The connection begins with the byte 0x{bytes[0]:x2}, which is not TLS.");
    }
}
