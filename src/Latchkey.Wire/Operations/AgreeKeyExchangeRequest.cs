namespace Latchkey.Wire.Operations;

/// <summary>
/// Arguments of <see cref="Opcode.AgreeKeyExchange"/> (RFC 5246 §8.1, §6.3, §7.4.9, RFC 7627 §4; catalogue K3, K3b, K3c, K4, K5, F2, F3). Spans are lent.
/// </summary>
public readonly ref struct AgreeKeyExchangeRequest
{
    /// <summary>What is asked for.</summary>
    public required KeyExchangeLevel Level { get; init; }

    /// <summary>TLS cipher suite.</summary>
    public required ushort Suite { get; init; }

    /// <summary>32 bytes.</summary>
    public required ReadOnlySpan<byte> ClientRandom { get; init; }

    /// <summary>32 bytes, the same as in the offer.</summary>
    public required ReadOnlySpan<byte> ServerNonce { get; init; }

    /// <summary>Downgrade sentinel in the server random: 0 none, 1 <c>DOWNGRD\x01</c>.</summary>
    public required byte Sentinel { get; init; }

    /// <summary>The sealed state of the offer; empty: RSA key exchange.</summary>
    public required ReadOnlySpan<byte> State { get; init; }

    /// <summary>The client's public value, or the encrypted premaster (0 to 2,048 bytes: a length that does not suit the key is bad padding, attack 7).</summary>
    public required ReadOnlySpan<byte> ClientValue { get; init; }

    /// <summary>
    /// The handshake messages before the client's Finished with their headers, from ClientHello through ClientKeyExchange or CertificateVerify; empty at
    /// <see cref="KeyExchangeLevel.Premaster"/>.
    /// </summary>
    public required ReadOnlySpan<byte> Messages { get; init; }

    /// <summary>The session to be made, as a session state with zeros in the place of its secret; empty: none.</summary>
    public required ReadOnlySpan<byte> Session { get; init; }

    /// <summary>32 bytes under which the key server is to keep the session; empty: it gives it out, as a ticket or as a state.</summary>
    public required ReadOnlySpan<byte> SessionIdentifier { get; init; }

    /// <summary>RSA key exchange, rather than an offer's second question.</summary>
    public bool IsRsa => State.IsEmpty;

    /// <summary>Reads the arguments. False: <see cref="KeylessError.Malformed"/>.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out AgreeKeyExchangeRequest request)
    {
        var fields = new FieldReader(payload);
        var level = (KeyExchangeLevel)fields.UInt8();
        var suite = fields.UInt16();
        var clientRandom = fields.Bytes(32);
        var nonce = fields.Bytes(32);
        var sentinel = fields.UInt8();
        var state = fields.Vector16();
        var clientValue = fields.Vector16();
        var messages = fields.Vector16();
        var session = fields.Vector16();
        var identifier = fields.Vector8();
        request = new AgreeKeyExchangeRequest
        {
            Level = level, Suite = suite, ClientRandom = clientRandom, ServerNonce = nonce, Sentinel = sentinel, State = state,
            ClientValue = clientValue, Messages = messages, Session = session, SessionIdentifier = identifier,
        };
        return fields.IsComplete && sentinel <= 1 && clientValue.Length <= DeriveRsaMasterSecretItems.MaxEncryptedPremasterLength
            && identifier.Length is 0 or 32 && request.IsConsistent;
    }

    /// <summary>Writes the arguments.</summary>
    public void Write(ref FieldWriter fields)
    {
        fields.UInt8((byte)Level);
        fields.UInt16(Suite);
        fields.Bytes(ClientRandom);
        fields.Bytes(ServerNonce);
        fields.UInt8(Sentinel);
        fields.Vector16(State);
        fields.Vector16(ClientValue);
        fields.Vector16(Messages);
        fields.Vector16(Session);
        fields.Vector8(SessionIdentifier);
    }

    private bool IsConsistent => Level switch
    {
        KeyExchangeLevel.Premaster => !IsRsa && Messages.IsEmpty && Session.IsEmpty && SessionIdentifier.IsEmpty,
        // A master secret at the edge: there, not here, is where its session is kept.
        KeyExchangeLevel.MasterSecret => !Messages.IsEmpty && SessionIdentifier.IsEmpty,
        KeyExchangeLevel.SessionKeys => !Messages.IsEmpty && (SessionIdentifier.IsEmpty || !Session.IsEmpty),
        _ => false,
    };
}
