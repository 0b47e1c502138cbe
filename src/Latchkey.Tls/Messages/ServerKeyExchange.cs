using Latchkey.Crypto;

namespace Latchkey.Tls.Messages;

/// <summary>ServerKeyExchange, RFC 5246 §7.4.3. What its signature covers is <see cref="Tls12.ServerKeyExchangeContent"/>.</summary>
internal static class ServerKeyExchange
{
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
