using Latchkey.Tls.Alerts;

namespace Latchkey.Tls.Messages;

/// <summary>Finished (RFC 8446 §4.4.4, RFC 5246 §7.4.9): nothing but verify_data.</summary>
internal static class Finished
{
    public static HandshakeMessage Encode(ReadOnlySpan<byte> verifyData) => HandshakeMessage.Encode(HandshakeType.Finished, verifyData);

    /// <summary>verify_data, whose value is still to be checked.</summary>
    /// <param name="size">Of verify_data: 12 in TLS 1.2, the digest's in TLS 1.3.</param>
    /// <exception cref="PeerMisbehavedException">unexpected_message or decode_error.</exception>
    public static ReadOnlyMemory<byte> Parse(HandshakeMessage message, int size)
    {
        var verifyData = message.Expect(HandshakeType.Finished).Body;
        // The size is part of the syntax (opaque verify_data[verify_data_length]), so this is not decrypt_error.
        return verifyData.Length == size ? verifyData : throw ClientHelloParser.Malformed("Finished");
    }
}
