using System.Buffers.Binary;

namespace Latchkey.Wire.Operations;

/// <summary>
/// The fields of <see cref="Opcode.DeriveRsaMasterSecret"/> (RFC 5246 §8.1; catalogue K4), for handshakes without extended master secret: those with it are
/// <see cref="Opcode.AgreeKeyExchange"/>'s, which is sent the messages that a session hash covers. Spans are lent.
/// </summary>
public readonly ref struct DeriveRsaMasterSecretItems
{
    /// <summary>Longest <see cref="EncryptedPremaster"/>: RSA of 16,384 bits.</summary>
    public const int MaxEncryptedPremasterLength = 2048;

    /// <summary>0 to 2,048 bytes: a length that does not suit the key is bad padding, which shows nowhere (attack 7).</summary>
    public required ReadOnlySpan<byte> EncryptedPremaster { get; init; }

    /// <summary>legacy_version of the ClientHello, which the premaster must begin with.</summary>
    public required ushort ClientVersion { get; init; }

    /// <summary>32 bytes.</summary>
    public required ReadOnlySpan<byte> ClientRandom { get; init; }

    /// <summary>32 bytes; the key server derives the server random from it.</summary>
    public required ReadOnlySpan<byte> ServerNonce { get; init; }

    /// <summary>Downgrade sentinel in the server random: 0 none, 1 <c>DOWNGRD\x01</c>.</summary>
    public required byte Sentinel { get; init; }

    /// <summary>The PRF's hash as TLS HashAlgorithm (RFC 5246 §7.4.1.4.1): 4 SHA-256, 5 SHA-384.</summary>
    public required byte PrfHash { get; init; }

    /// <summary>Reads the fields of a request. False: <see cref="KeylessError.Malformed"/>.</summary>
    public static bool TryRead(in KeylessItems items, out DeriveRsaMasterSecretItems fields)
    {
        fields = default;
        var premaster = items.Value(ItemTag.EncryptedPremaster);
        var version = items.Value(ItemTag.ClientVersion);
        var clientRandom = items.Value(ItemTag.ClientRandom);
        var nonce = items.Value(ItemTag.ServerNonce);
        if (items.HasRepeatedOwnItem || premaster.Length > MaxEncryptedPremasterLength || version.Length != 2
            || clientRandom.Length != 32 || nonce.Length != 32
            || items.Value(ItemTag.Sentinel) is not [var sentinel and <= 1]
            || items.Value(ItemTag.PrfHash) is not [var prfHash and (4 or 5)]
            || items.Has(ItemTag.SessionHash))
            return false;
        fields = new DeriveRsaMasterSecretItems
        {
            EncryptedPremaster = premaster,
            ClientVersion = BinaryPrimitives.ReadUInt16BigEndian(version),
            ClientRandom = clientRandom,
            ServerNonce = nonce,
            Sentinel = sentinel,
            PrfHash = prfHash,
        };
        return true;
    }

    /// <summary>Sets opcode and fields of a request; which key it is about is the caller's to add.</summary>
    public void AddTo(ref OutgoingItems items)
    {
        items.Opcode = Opcode.DeriveRsaMasterSecret;
        items.EncryptedPremaster = EncryptedPremaster;
        items.ClientVersion = ClientVersion;
        items.ClientRandom = ClientRandom;
        items.ServerNonce = ServerNonce;
        items.Sentinel = Sentinel;
        items.PrfHash = PrfHash;
    }
}
