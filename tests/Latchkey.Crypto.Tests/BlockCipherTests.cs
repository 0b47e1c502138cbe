using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Latchkey.Crypto.Tests;

/// <summary>AES-CBC records; the second opinion is the plain reading of RFC 5246 §6.2.3.2 with the base library.</summary>
[Trait("Catalogue", "G5")]
public sealed class BlockCipherTests
{
    private static readonly byte[] Key = RandomNumberGenerator.GetBytes(32);
    private static readonly byte[] Iv = RandomNumberGenerator.GetBytes(16);
    private static readonly byte[] Header = [0, 0, 0, 0, 0, 0, 0, 7, 23, 3, 3];

    public static TheoryData<DigestAlgorithm, int> Macs => new()
    {
        { DigestAlgorithm.Sha1, 16 },
        { DigestAlgorithm.Sha1, 32 },
        { DigestAlgorithm.Sha256, 16 },
        { DigestAlgorithm.Sha256, 32 },
        { DigestAlgorithm.Sha384, 32 },
    };

    [Theory, MemberData(nameof(Providers.Both), MemberType = typeof(Providers))]
    public void Encrypting_pads_as_tls_does(string provider)
    {
        using AesCbc cipher = Providers.Named(provider).CreateAesCbc(Key);
        for (int length = 0; length < 50; length++)
        {
            byte[] plaintext = RandomNumberGenerator.GetBytes(length);
            byte[] buffer = [.. plaintext, .. new byte[AesCbc.PaddedSize(length) - length]];
            cipher.Encrypt(Iv, buffer, length);
            Assert.Equal([.. plaintext, .. Padding(AesCbc.PaddedSize(length) - length)], Decrypted(buffer, Key));
            Assert.True(cipher.TryDecrypt(Iv, buffer, out int found));
            Assert.Equal(plaintext, buffer[..found]);
        }
    }

    [Theory, MemberData(nameof(Providers.Both), MemberType = typeof(Providers))]
    public void Decrypting_takes_every_padding_and_no_wrong_one(string provider)
    {
        using AesCbc cipher = Providers.Named(provider).CreateAesCbc(Key.AsSpan(0, 16));
        for (int count = 1; count <= 256; count++)
        {
            byte[] content = new byte[512 - count];
            byte[] good = Encrypted([.. content, .. Padding(count)], Key[..16]);
            Assert.True(cipher.TryDecrypt(Iv, good, out int length));
            Assert.Equal(content.Length, length);
            byte[] plaintext = [.. content, .. Padding(count)];
            plaintext[^count] ^= 1;
            // Spoiling a one-byte padding makes it announce two bytes of which the first is content.
            Assert.False(cipher.TryDecrypt(Iv, Encrypted(plaintext, Key[..16]), out _));
        }
        Assert.False(cipher.TryDecrypt(Iv, [], out _));
        Assert.False(cipher.TryDecrypt(Iv, new byte[17], out _));
        Assert.False(cipher.TryDecrypt(Iv, Encrypted(Padding(256)[..16], Key[..16]), out _));
    }

    [Theory, MemberData(nameof(Macs))]
    public void What_is_sealed_is_what_the_rfc_says(DigestAlgorithm mac, int keySize)
    {
        byte[] macKey = RandomNumberGenerator.GetBytes(mac.SizeInBytes());
        using MacThenEncrypt cipher = Providers.Named(Providers.Libcrypto).CreateMacThenEncrypt(mac, Key.AsSpan(0, keySize), macKey);
        foreach (int length in (int[])[0, 1, 11, 12, 15, 16, 27, 28, 100, 16384])
        {
            byte[] content = RandomNumberGenerator.GetBytes(length);
            byte[] buffer = [.. content, .. new byte[cipher.SealedSize(length) - length]];
            cipher.Seal(Iv, Header, buffer, length);
            byte[] code = Code(mac, macKey, content);
            Assert.Equal([.. content, .. code, .. Padding(buffer.Length - length - code.Length)], Decrypted(buffer, Key[..keySize]));
            Assert.True(cipher.TryOpen(Iv, Header, buffer, out int found));
            Assert.Equal(content, buffer[..found]);
        }
    }

    [Theory, MemberData(nameof(Macs))]
    public void Records_with_any_of_the_256_paddings_open(DigestAlgorithm mac, int keySize)
    {
        byte[] macKey = RandomNumberGenerator.GetBytes(mac.SizeInBytes());
        using MacThenEncrypt cipher = Providers.Named(Providers.Libcrypto).CreateMacThenEncrypt(mac, Key.AsSpan(0, keySize), macKey);
        for (int count = 1; count <= 256; count++)
        {
            byte[] content = RandomNumberGenerator.GetBytes(15 - ((count + mac.SizeInBytes() + 15) % 16));
            byte[] record = Encrypted([.. content, .. Code(mac, macKey, content), .. Padding(count)], Key[..keySize]);
            Assert.True(cipher.TryOpen(Iv, Header, record, out int length), $"{count} bytes of padding");
            Assert.Equal(content, record[..length]);
        }
    }

    [Theory, MemberData(nameof(Macs))]
    public void Whatever_is_wrong_the_answer_is_the_same_and_the_buffer_is_zeroed(DigestAlgorithm mac, int keySize)
    {
        byte[] macKey = RandomNumberGenerator.GetBytes(mac.SizeInBytes());
        using MacThenEncrypt cipher = Providers.Named(Providers.Libcrypto).CreateMacThenEncrypt(mac, Key.AsSpan(0, keySize), macKey);
        byte[] content = RandomNumberGenerator.GetBytes(64 - (mac.SizeInBytes() % 16));
        byte[] good = [.. content, .. Code(mac, macKey, content), .. Padding(16)];
        for (int i = 0; i < good.Length; i++)
        {
            byte[] spoilt = [.. good];
            spoilt[i] ^= 1;
            Refuses(spoilt, $"byte {i} of content, MAC and padding");
        }
        for (int last = 0; last < 256; last++)
        {
            if (last != 15)
                Refuses([.. good[..^1], (byte)last], $"last byte {last}");
        }
        for (int size = 16; size < good.Length; size += 16)
            Refuses(good[..size], $"truncated to {size}");
        Refuses(Padding(256), "padding and nothing else");
        foreach (int size in (int[])[0, 1, 15, 17])
            Assert.False(cipher.TryOpen(Iv, Header, new byte[size], out _));
        byte[] otherHeader = [.. Header];
        otherHeader[7]++;
        Assert.False(cipher.TryOpen(Iv, otherHeader, Encrypted(good, Key[..keySize]), out _));
        byte[] otherIv = [.. Iv];
        otherIv[0] ^= 1;
        Assert.False(cipher.TryOpen(otherIv, Header, Encrypted(good, Key[..keySize]), out _));
        Assert.True(cipher.TryOpen(Iv, Header, Encrypted(good, Key[..keySize]), out _), "the object still opens good records");

        void Refuses(byte[] plaintext, string what)
        {
            byte[] record = Encrypted(plaintext, Key[..keySize]);
            Assert.False(cipher.TryOpen(Iv, Header, record, out int length), what);
            Assert.Equal(0, length);
            Assert.False(record.AsSpan().ContainsAnyExcept((byte)0), what);
        }
    }

    [Fact]
    public void The_base_library_does_not_mac_then_encrypt_and_says_why()
    {
        Assert.False(CryptoProvider.BaseLibrary.SupportsMacThenEncrypt);
        string message = Assert.Throws<PlatformNotSupportedException>(() => CryptoProvider.BaseLibrary.CreateMacThenEncrypt(DigestAlgorithm.Sha1, Key, new byte[20])).Message;
        Assert.Contains("does not depend on the content's length", message, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Providers.Both), MemberType = typeof(Providers))]
    public void Keys_and_ivs_of_other_lengths_are_misuse(string provider)
    {
        CryptoProvider crypto = Providers.Named(provider);
        Assert.Throws<ArgumentException>(() => crypto.CreateAesCbc(new byte[24]));
        using AesCbc cipher = crypto.CreateAesCbc(Key);
        Assert.Throws<ArgumentException>(() => cipher.Encrypt(new byte[12], new byte[16], 1));
        Assert.Throws<ArgumentException>(() => cipher.Encrypt(Iv, new byte[32], 1));
        Assert.Throws<ArgumentException>(() => cipher.TryDecrypt(new byte[12], new byte[16], out _));
    }

    private static byte[] Padding(int count) => [.. Enumerable.Repeat((byte)(count - 1), count)];

    private static byte[] Code(DigestAlgorithm mac, byte[] macKey, byte[] content)
    {
        byte[] message = [.. Header, 0, 0, .. content];
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(11), (ushort)content.Length);
        return CryptographicOperations.HmacData(new HashAlgorithmName(mac.ToString().ToUpperInvariant()), macKey, message);
    }

    private static byte[] Encrypted(byte[] plaintext, byte[] key)
    {
        using Aes aes = Aes.Create();
        aes.Key = key;
        return aes.EncryptCbc(plaintext, Iv, PaddingMode.None);
    }

    private static byte[] Decrypted(byte[] ciphertext, byte[] key)
    {
        using Aes aes = Aes.Create();
        aes.Key = key;
        return aes.DecryptCbc(ciphertext, Iv, PaddingMode.None);
    }
}
