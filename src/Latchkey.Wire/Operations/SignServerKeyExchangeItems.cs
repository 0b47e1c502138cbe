using System.Buffers.Binary;

namespace Latchkey.Wire.Operations;

/// <summary>The fields of <see cref="Opcode.SignServerKeyExchange"/> (RFC 5246 §7.4.3). Spans are lent.</summary>
public readonly ref struct SignServerKeyExchangeItems
{
    /// <summary>Longest <see cref="Parameters"/>: prime, generator and public value of ffdhe8192, 1,024 + 1 + 1,024 bytes with their lengths.</summary>
    public const int MaxParametersLength = 2055;

    /// <summary>TLS SignatureScheme.</summary>
    public required ushort Scheme { get; init; }

    /// <summary>32 bytes.</summary>
    public required ReadOnlySpan<byte> ClientRandom { get; init; }

    /// <summary>32 bytes; the key server derives the server random from it, so that recorded ones cannot be asked about (attack 1).</summary>
    public required ReadOnlySpan<byte> ServerNonce { get; init; }

    /// <summary>Downgrade sentinel in the server random: 0 none, 1 <c>DOWNGRD\x01</c>.</summary>
    public required byte Sentinel { get; init; }

    /// <summary>ServerECDHParams or ServerDHParams, encoded: 1 to 2,055 bytes.</summary>
    public required ReadOnlySpan<byte> Parameters { get; init; }

    /// <summary>Whether a key server that has a share of the key is asked for a partial signature (X5): the payload is then one byte, 1.</summary>
    public bool Partially { get; init; }

    /// <summary>Reads the fields of a request. False: <see cref="KeylessError.Malformed"/>.</summary>
    public static bool TryRead(in KeylessItems items, out SignServerKeyExchangeItems fields)
    {
        fields = default;
        var scheme = items.Value(ItemTag.SignatureScheme);
        var clientRandom = items.Value(ItemTag.ClientRandom);
        var nonce = items.Value(ItemTag.ServerNonce);
        var parameters = items.Value(ItemTag.ServerParameters);
        if (items.HasRepeatedOwnItem || scheme.Length != 2 || clientRandom.Length != 32 || nonce.Length != 32
            || items.Value(ItemTag.Sentinel) is not [var sentinel and <= 1] || parameters.Length is 0 or > MaxParametersLength)
            return false;
        fields = new SignServerKeyExchangeItems
        {
            Scheme = BinaryPrimitives.ReadUInt16BigEndian(scheme),
            ClientRandom = clientRandom,
            ServerNonce = nonce,
            Sentinel = sentinel,
            Parameters = parameters,
            Partially = PartialSigning.IsAsked(items),
        };
        return true;
    }

    /// <summary>Sets opcode and fields of a request; which key it is about is the caller's to add.</summary>
    public void AddTo(ref OutgoingItems items)
    {
        if (Partially)
            items.Payload = PartialSigning.Mark;
        items.Opcode = Opcode.SignServerKeyExchange;
        items.SignatureScheme = Scheme;
        items.ClientRandom = ClientRandom;
        items.ServerNonce = ServerNonce;
        items.Sentinel = Sentinel;
        items.ServerParameters = Parameters;
    }
}
