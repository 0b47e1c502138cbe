using System.Buffers.Binary;

namespace Latchkey.Wire.Operations;

/// <summary>The fields of <see cref="Opcode.SignCertificateVerify"/> (RFC 8446 §4.4.3). Spans are lent.</summary>
public readonly ref struct SignCertificateVerifyItems
{
    /// <summary>TLS SignatureScheme.</summary>
    public required ushort Scheme { get; init; }

    /// <summary>Which context string: 0 "TLS 1.3, server CertificateVerify"; no other is defined.</summary>
    public required byte Context { get; init; }

    /// <summary>Transcript hash through Certificate, 32 or 48 bytes.</summary>
    public required ReadOnlySpan<byte> TranscriptHash { get; init; }

    /// <summary>Whether a key server that has a share of the key is asked for a partial signature (X5): the payload is then one byte, 1.</summary>
    public bool Partially { get; init; }

    /// <summary>Reads the fields of a request. False: <see cref="KeylessError.Malformed"/>.</summary>
    public static bool TryRead(in KeylessItems items, out SignCertificateVerifyItems fields)
    {
        fields = default;
        var scheme = items.Value(ItemTag.SignatureScheme);
        var hash = items.Value(ItemTag.TranscriptHash);
        if (items.HasRepeatedOwnItem || scheme.Length != 2 || hash.Length is not (32 or 48)
            || items.Value(ItemTag.SigningContext) is not [var context and 0])
            return false;
        fields = new SignCertificateVerifyItems
        {
            Scheme = BinaryPrimitives.ReadUInt16BigEndian(scheme),
            Context = context,
            TranscriptHash = hash,
            Partially = PartialSigning.IsAsked(items),
        };
        return true;
    }

    /// <summary>Sets opcode and fields of a request; which key it is about is the caller's to add.</summary>
    public void AddTo(ref OutgoingItems items)
    {
        if (Partially)
            items.Payload = PartialSigning.Mark;
        items.Opcode = Opcode.SignCertificateVerify;
        items.SignatureScheme = Scheme;
        items.SigningContext = Context;
        items.TranscriptHash = TranscriptHash;
    }
}
