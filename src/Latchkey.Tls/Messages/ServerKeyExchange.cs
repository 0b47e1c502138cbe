using Latchkey.Crypto;

namespace Latchkey.Tls.Messages;

/// <summary>ServerKeyExchange, RFC 5246 §7.4.3. What its signature covers is <see cref="Tls12.ServerKeyExchangeContent"/>.</summary>
internal static class ServerKeyExchange
{
    /// <summary>Beside a pre-shared key (RFC 4279 §3, RFC 5489 §2): the hint, and parameters that nobody signs.</summary>
    /// <param name="hint">Up to 65,535 bytes; empty for none.</param>
    public static HandshakeMessage EncodePreShared(ReadOnlySpan<byte> hint, ReadOnlySpan<byte> parameters)
    {
        var writer = new MessageWriter(HandshakeType.ServerKeyExchange, 16 + hint.Length + parameters.Length);
        writer.WriteVector16(hint);
        writer.WriteBytes(parameters);
        return writer.ToMessage();
    }

    /// <param name="parameters">ServerECDHParams or ServerDHParams, encoded.</param>
    public static HandshakeMessage Encode(ReadOnlySpan<byte> parameters, SignatureScheme scheme, ReadOnlySpan<byte> signature)
    {
        var writer = new MessageWriter(HandshakeType.ServerKeyExchange, 16 + parameters.Length + signature.Length);
        writer.WriteBytes(parameters);
        writer.WriteUInt16((ushort)scheme);
        writer.WriteVector16(signature);
        return writer.ToMessage();
    }
}
