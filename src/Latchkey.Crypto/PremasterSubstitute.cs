using System.Buffers.Binary;
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

    // SHA-256("latchkey premaster substitute"), its first half, in the place of an MD5.
    private static readonly byte[] Hash = SHA256.HashData("latchkey premaster substitute"u8)[..16];

    /// <summary>
    /// Follows from the PKCS#1 signature (RFC 8017 §8.2) of a fixed MD5 value, which every holder of a private key can make, a file as well as a token, and which is the same
    /// wherever the key is. Nobody else gets one: neither TLS nor the deployed protocol's raw operations sign a bare MD5.
    /// </summary>
    /// <param name="signature">Of <see cref="Block"/> or <see cref="Md5"/>; lent.</param>
    internal PremasterSubstitute(ReadOnlySpan<byte> signature) => SHA256.HashData(signature, _key.Span);

    /// <summary>What an MD5 is signed in the place of.</summary>
    internal static ReadOnlySpan<byte> Md5 => Hash;

    /// <summary>The same with its padding, for the raw private operation.</summary>
    /// <param name="size">Of the modulus in bytes.</param>
    internal static byte[] Block(int size)
    {
        // DigestInfo of MD5 (RFC 8017 §9.2 note 1).
        ReadOnlySpan<byte> prefix = [0x30, 0x20, 0x30, 0x0C, 0x06, 0x08, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x02, 0x05, 0x05, 0x00, 0x04, 0x10];
        return SignatureBlock.Pkcs1([.. prefix, .. Hash], 8 * size);
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
}
