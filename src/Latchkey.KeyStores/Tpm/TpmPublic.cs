namespace Latchkey.KeyStores.Tpm;

/// <summary>What is public of a key in a TPM: TPMT_PUBLIC (TPM 2.0 Part 2 §12.2.4).</summary>
/// <param name="SubjectPublicKeyInfo">DER.</param>
/// <param name="IsRestricted">Signs only what the TPM itself says: of no use for TLS.</param>
/// <param name="Signs">TPM2_Sign.</param>
/// <param name="Decrypts">TPM2_RSA_Decrypt.</param>
/// <param name="HasScheme">It is bound to one padding.</param>
internal sealed record TpmPublic(byte[] SubjectPublicKeyInfo, bool IsRestricted, bool Signs, bool Decrypts, bool HasScheme)
{
    private const ushort Rsa = 0x0001, Ecc = 0x0023, None = 0x0010;
    private const ushort RsaEs = 0x0015, EcDaa = 0x001A;
    private const uint Restricted = 1 << 16, Decrypt = 1 << 17, Sign = 1 << 18;

    // The names of the curves, DER.
    private static readonly byte[] P256 = [0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07];
    private static readonly byte[] P384 = [0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x22];

    /// <param name="publicArea">TPMT_PUBLIC.</param>
    /// <exception cref="InvalidDataException">Another kind of object, or damaged.</exception>
    public static TpmPublic Read(ReadOnlySpan<byte> publicArea)
    {
        var reader = new TpmReader(publicArea);
        var type = reader.UInt16();
        reader.UInt16(); // nameAlg
        var attributes = reader.UInt32();
        reader.Sized(); // authPolicy
        if (type is not (Rsa or Ecc))
            throw new InvalidDataException($"an object of type 0x{type:X4} (expected an RSA or ECC key)");
        if (reader.UInt16() != None) // symmetric: algorithm, keyBits, mode
            reader.UInt32();
        var scheme = reader.UInt16();
        if (scheme is not (None or RsaEs))
            reader.UInt16();
        if (scheme == EcDaa)
            reader.UInt16();
        var info = type == Rsa ? ReadRsa(ref reader) : ReadEcc(ref reader);
        return new TpmPublic(info, (attributes & Restricted) != 0, (attributes & Sign) != 0, (attributes & Decrypt) != 0, scheme != None);
    }

    private static byte[] ReadRsa(ref TpmReader reader)
    {
        reader.UInt16(); // keyBits
        var exponent = reader.UInt32();
        if (exponent == 0)
            exponent = 65537;
        return PublicKeyInfo.OfRsa(reader.Sized(), [(byte)(exponent >> 24), (byte)(exponent >> 16), (byte)(exponent >> 8), (byte)exponent]);
    }

    private static byte[] ReadEcc(ref TpmReader reader)
    {
        var curve = reader.UInt16();
        if (reader.UInt16() != None) // kdf
            reader.UInt16();
        var (name, size) = curve switch
        {
            3 => (P256, 32),
            4 => (P384, 48),
            _ => throw new InvalidDataException($"a key on curve 0x{curve:X4} (expected P-256 or P-384)"),
        };
        var point = new byte[1 + (2 * size)];
        point[0] = 4;
        Place(reader.Sized(), point.AsSpan(1, size));
        Place(reader.Sized(), point.AsSpan(1 + size, size));
        return PublicKeyInfo.OfEc(name, point);
    }

    private static void Place(ReadOnlySpan<byte> number, Span<byte> destination)
    {
        if (number.Length > destination.Length)
            throw new InvalidDataException("a coordinate that is too long");
        number.CopyTo(destination[(destination.Length - number.Length)..]);
    }
}
