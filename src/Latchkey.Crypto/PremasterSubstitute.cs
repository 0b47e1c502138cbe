using System.Buffers.Binary;
using System.Formats.Asn1;
using System.Security.Cryptography;

namespace Latchkey.Crypto;

/// <summary>
/// What stands in for an RSA premaster secret whose padding, length or version is bad (RFC 5246 §7.4.7.1). It looks random and follows from the private key, the
/// ciphertext and the version: a fresh random one would tell whoever asks the same twice, or asks two machines that have the key, by its difference that the padding was bad,
/// where a good premaster gives the same answer each time (attack 7).
/// </summary>
/// <remarks>The version is in it so that asking for two of them tells nothing either.</remarks>
internal sealed class PremasterSubstitute : IDisposable
{
    internal const int Size = 48;

    private readonly SecretBytes _key = new(SHA256.HashSizeInBytes);

    /// <summary>Of an RSA key; the same at every provider that has imported the same key.</summary>
    /// <param name="pkcs8">Lent.</param>
    /// <exception cref="CryptographicException">Not DER of an RSA key.</exception>
    internal PremasterSubstitute(ReadOnlySpan<byte> pkcs8)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData("latchkey premaster substitute"u8);
        hash.AppendData(PrivateExponent(pkcs8));
        hash.GetHashAndReset(_key.Span);
    }

    /// <summary>The premaster where all is right with it, else the substitute; which of them does not show in the time.</summary>
    /// <param name="ciphertext">As it was received, whatever its length.</param>
    /// <param name="clientVersion">Which the premaster must begin with.</param>
    /// <param name="plaintext">At least 48 bytes; lent.</param>
    /// <param name="length">Of the plaintext that was found; another number than 48: none.</param>
    internal SecretBytes Unless(ReadOnlySpan<byte> ciphertext, ushort clientVersion, ReadOnlySpan<byte> plaintext, int length)
    {
        var message = new byte[sizeof(ushort) + ciphertext.Length];
        BinaryPrimitives.WriteUInt16BigEndian(message, clientVersion);
        ciphertext.CopyTo(message.AsSpan(sizeof(ushort)));
        var premaster = new SecretBytes(Size);
        Span<byte> chosen = premaster.Span;
        HMACSHA384.HashData(_key.Span, message, chosen);
        // All ones where length and version are right, else zero.
        int difference = (length ^ Size) | (plaintext[0] ^ (clientVersion >> 8)) | (plaintext[1] ^ (clientVersion & 0xFF));
        byte good = (byte)~((difference | -difference) >> 31);
        for (int i = 0; i < chosen.Length; i++)
            chosen[i] = (byte)((plaintext[i] & good) | (chosen[i] & ~good));
        return premaster;
    }

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();

    // PrivateKeyInfo (RFC 5208 §5): version, algorithm, OCTET STRING { RSAPrivateKey (RFC 8017 §A.1.2): version, n, e, d, … }.
    private static ReadOnlySpan<byte> PrivateExponent(ReadOnlySpan<byte> pkcs8)
    {
        try
        {
            ValueAsnReader info = new ValueAsnReader(pkcs8).ReadSequence();
            info.SkipInteger();
            info.ReadSequence();
            ValueAsnReader key = new ValueAsnReader(info.ReadOctetString()).ReadSequence();
            key.SkipInteger();
            key.SkipInteger();
            key.SkipInteger();
            return key.ReadIntegerBytes().TrimStart((byte)0);
        }
        catch (AsnContentException problem)
        {
            throw new CryptographicException("The RSA private key is damaged.", problem);
        }
    }
}
