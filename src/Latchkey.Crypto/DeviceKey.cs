using System.Formats.Asn1;
using System.Security.Cryptography;

namespace Latchkey.Crypto;

/// <summary>
/// A private key that is not in this process's memory: a device makes the one private operation, everything around it is done here. Calls block the calling thread
/// for as long as the device takes. Thread-safe where the derived class is.
/// </summary>
public abstract class DeviceKey : PrivateKey
{
    private readonly byte[] _subjectPublicKeyInfo;
    private readonly KeyInfo _info;
    private readonly byte[] _modulus;
    private readonly Lazy<PremasterSubstitute> _substitute;

    /// <param name="subjectPublicKeyInfo">DER, copied.</param>
    /// <exception cref="CryptographicException">Not a supported public key; the message says why.</exception>
    protected DeviceKey(ReadOnlySpan<byte> subjectPublicKeyInfo)
    {
        _subjectPublicKeyInfo = subjectPublicKeyInfo.ToArray();
        _info = KeyInfo.OfSubjectPublicKeyInfo(subjectPublicKeyInfo);
        _modulus = Algorithm == KeyAlgorithm.Rsa ? RsaModulus.Of(subjectPublicKeyInfo) : [];
        // A device that fails at the first try may do it at the second.
        _substitute = new Lazy<PremasterSubstitute>(MakeSubstitute, LazyThreadSafetyMode.PublicationOnly);
    }

    /// <inheritdoc/>
    public sealed override KeyAlgorithm Algorithm => _info.Algorithm;

    /// <inheritdoc/>
    public sealed override int KeySizeBits => _info.SizeBits;

    /// <inheritdoc/>
    public sealed override ReadOnlyMemory<byte> SubjectPublicKeyInfo => _subjectPublicKeyInfo;

    /// <inheritdoc/>
    public sealed override byte[] Sign(SignatureScheme scheme, ReadOnlySpan<byte> message)
    {
        scheme.ThrowUnlessItGoesWith(Algorithm);
        if (scheme == SignatureScheme.Ed25519)
            throw new ArgumentException("Devices sign digests; Ed25519 signs messages.", nameof(scheme));
        DigestAlgorithm digest = scheme.Digest();
        Span<byte> hash = stackalloc byte[digest.SizeInBytes()];
        CryptoProvider.Default.Hash(digest, message, hash);
        return SignHash(digest, scheme.Padding(), hash);
    }

    /// <inheritdoc/>
    public sealed override byte[] SignDigest(DigestAlgorithm digest, SignaturePadding padding, ReadOnlySpan<byte> hash)
    {
        SignatureSchemeFacts.ThrowUnlessRawSignable(Algorithm, digest, padding, hash);
        return SignHash(digest, padding, hash);
    }

    /// <inheritdoc/>
    /// <remarks>
    /// The device makes the raw operation, the same for every ciphertext; a device that strips the padding itself would tell by its error, and by its time, what must not be
    /// told. What is left is done here without branches: a TLS premaster has 48 bytes, so that everything has its place in the block (RFC 8017 §7.2.2).
    /// </remarks>
    public sealed override SecretBytes DecryptPremaster(ReadOnlySpan<byte> encryptedPremaster, ushort clientVersion)
    {
        ThrowUnlessRsa();
        Span<byte> ciphertext = stackalloc byte[_modulus.Length];
        RandomNumberGenerator.Fill(ciphertext);
        ciphertext[0] = 0; // below the modulus, whose first octet is not 0
        if (RsaModulus.IsCiphertext(encryptedPremaster, _modulus))
            encryptedPremaster.CopyTo(ciphertext);
        using SecretBytes block = Decrypt(ciphertext);
        int length = LengthOf(block.Span);
        return _substitute.Value.Unless(encryptedPremaster, clientVersion, block.Span[^PremasterSubstitute.Size..], length);
    }

    /// <inheritdoc/>
    public sealed override SecretBytes DecryptRaw(ReadOnlySpan<byte> ciphertext)
    {
        ThrowUnlessRsa();
        if (!RsaModulus.IsCiphertext(ciphertext, _modulus))
            throw new ArgumentException("The ciphertext has to have the modulus' length and be below it.", nameof(ciphertext));
        return Decrypt(ciphertext);
    }

    /// <inheritdoc/>
    public sealed override void Dispose()
    {
        if (_substitute.IsValueCreated)
            _substitute.Value.Dispose();
        Close();
        GC.SuppressFinalize(this);
    }

    /// <summary>Signs a digest. The arguments go with the key.</summary>
    /// <returns>TLS' form: ECDSA as DER SEQUENCE {r, s}.</returns>
    protected abstract byte[] SignHash(DigestAlgorithm digest, SignaturePadding padding, ReadOnlySpan<byte> hash);

    /// <summary>The raw RSA private operation.</summary>
    /// <param name="ciphertext">As long as the modulus and below it.</param>
    /// <returns>As long as the modulus, big-endian.</returns>
    protected abstract SecretBytes Decrypt(ReadOnlySpan<byte> ciphertext);

    /// <summary>Lets go of the device.</summary>
    protected abstract void Close();

    /// <summary>An ECDSA signature as TLS has it, from the two numbers in a row that devices give.</summary>
    protected static byte[] ToDer(ReadOnlySpan<byte> concatenated)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteIntegerUnsigned(Number(concatenated[..(concatenated.Length / 2)]));
            writer.WriteIntegerUnsigned(Number(concatenated[(concatenated.Length / 2)..]));
        }
        return writer.Encode();

        static ReadOnlySpan<byte> Number(ReadOnlySpan<byte> digits)
        {
            ReadOnlySpan<byte> trimmed = digits.TrimStart((byte)0);
            return trimmed.IsEmpty ? [0] : trimmed;
        }
    }

    /// <summary>The DigestInfo that PKCS#1 signs (RFC 8017 §9.2), for devices that pad but do not encode; MD5 with SHA-1 goes without.</summary>
    protected static byte[] ToDigestInfo(DigestAlgorithm digest, ReadOnlySpan<byte> hash)
    {
        ReadOnlySpan<byte> prefix = digest switch
        {
            DigestAlgorithm.Md5Sha1 => [],
            DigestAlgorithm.Sha1 => [0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2B, 0x0E, 0x03, 0x02, 0x1A, 0x05, 0x00, 0x04, 0x14],
            DigestAlgorithm.Sha224 => [0x30, 0x2D, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x04, 0x05, 0x00, 0x04, 0x1C],
            DigestAlgorithm.Sha256 => [0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20],
            DigestAlgorithm.Sha384 => [0x30, 0x41, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02, 0x05, 0x00, 0x04, 0x30],
            DigestAlgorithm.Sha512 => [0x30, 0x51, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03, 0x05, 0x00, 0x04, 0x40],
            _ => throw new ArgumentOutOfRangeException(nameof(digest), digest, "Not a digest that PKCS#1 signs."),
        };
        return [.. prefix, .. hash];
    }

    // 48 where the block is 00 02, nothing but non-zero octets, 00 and the last 48; else another number. No branch depends on the block.
    private static int LengthOf(ReadOnlySpan<byte> block)
    {
        int separator = block.Length - PremasterSubstitute.Size - 1;
        int difference = block[0] | (block[1] ^ 2) | block[separator];
        for (int i = 2; i < separator; i++)
            difference |= (block[i] - 1) >> 8; // all ones for a zero octet, else zero
        int bad = (difference | -difference) >> 31 & 1;
        return PremasterSubstitute.Size ^ bad;
    }

    private PremasterSubstitute MakeSubstitute()
    {
        using SecretBytes signature = Decrypt(PremasterSubstitute.Block(_modulus.Length));
        return new PremasterSubstitute(signature.Span);
    }

    private void ThrowUnlessRsa()
    {
        if (Algorithm != KeyAlgorithm.Rsa)
            throw new ArgumentException($"An {Algorithm} key does not decrypt.");
    }
}
