namespace Latchkey.Tls.Messages;

/// <summary>ClientKeyExchange, RFC 5246 §7.4.7 and RFC 8422 §5.7.</summary>
internal static class ClientKeyExchange
{
    /// <summary>The client's half in the form of the suite's key exchange.</summary>
    /// <exception cref="Alerts.PeerMisbehavedException">unexpected_message or decode_error.</exception>
    public static ReadOnlyMemory<byte> Parse(HandshakeMessage message, KeyExchangeMethod method) => method switch
    {
        KeyExchangeMethod.Ecdhe => ParseEcdh(message),
        KeyExchangeMethod.Dhe => ParseDh(message),
        _ => ParseRsa(message),
    };

    /// <summary>The client's public value: at least one byte, otherwise unchecked.</summary>
    /// <exception cref="Alerts.PeerMisbehavedException">unexpected_message or decode_error.</exception>
    public static ReadOnlyMemory<byte> ParseEcdh(HandshakeMessage message)
    {
        var reader = new MessageReader(message.Expect(HandshakeType.ClientKeyExchange).Body);
        return reader.TryReadVector8(out var point) && reader.IsEmpty && !point.IsEmpty ? point : throw ClientHelloParser.Malformed("ClientKeyExchange");
    }

    /// <summary>The client's public value, dh_Yc: at least one byte, otherwise unchecked.</summary>
    /// <exception cref="Alerts.PeerMisbehavedException">unexpected_message or decode_error.</exception>
    public static ReadOnlyMemory<byte> ParseDh(HandshakeMessage message)
    {
        var reader = new MessageReader(message.Expect(HandshakeType.ClientKeyExchange).Body);
        return reader.TryReadVector16(out var value) && reader.IsEmpty && !value.IsEmpty ? value : throw ClientHelloParser.Malformed("ClientKeyExchange");
    }

    /// <summary>Beside a pre-shared key (RFC 4279 §3, RFC 5489 §2): the identity, which may be empty, and the client's public value.</summary>
    /// <exception cref="Alerts.PeerMisbehavedException">unexpected_message or decode_error.</exception>
    public static (ReadOnlyMemory<byte> Identity, ReadOnlyMemory<byte> Value) ParsePreShared(HandshakeMessage message, KeyExchangeMethod method)
    {
        var reader = new MessageReader(message.Expect(HandshakeType.ClientKeyExchange).Body);
        var isWhole = reader.TryReadVector16(out var identity)
            & (method == KeyExchangeMethod.Ecdhe ? reader.TryReadVector8(out var value) : reader.TryReadVector16(out value))
            & reader.IsEmpty;
        return isWhole && !value.IsEmpty ? (identity, value) : throw ClientHelloParser.Malformed("ClientKeyExchange");
    }

    /// <summary>The encrypted premaster secret, of any length: one that the key cannot decrypt must not be told from one that it can.</summary>
    /// <exception cref="Alerts.PeerMisbehavedException">unexpected_message or decode_error.</exception>
    public static ReadOnlyMemory<byte> ParseRsa(HandshakeMessage message)
    {
        var reader = new MessageReader(message.Expect(HandshakeType.ClientKeyExchange).Body);
        return reader.TryReadVector16(out var encrypted) && reader.IsEmpty ? encrypted : throw ClientHelloParser.Malformed("ClientKeyExchange");
    }
}
