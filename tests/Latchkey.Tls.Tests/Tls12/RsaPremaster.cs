using System.Security.Cryptography;
using Latchkey.Crypto;
using Latchkey.Tls.Tests.Messages;

namespace Latchkey.Tls.Tests.Tls12;

/// <summary>Premaster secrets of the RSA key exchange, encrypted as they should be and as attackers like them.</summary>
internal static class RsaPremaster
{
    private const int ModulusSize = 256;

    public static TheoryData<string> Kinds => ["bad padding", "bad version", "too short", "too long", "no separator", "ciphertext of zeros", "empty ciphertext", "ciphertext beyond the modulus", "a byte too many"];

    /// <summary>03 03 and 46 bytes.</summary>
    public static byte[] Good() => [3, 3, .. Enumerable.Repeat((byte)0x42, 46)];

    /// <summary>Sends it encrypted as RFC 8017 §7.2 has it.</summary>
    public static void Say(ScriptedClient client, byte[] premaster)
    {
        using var secret = SecretBytes.CopyOf(premaster);
        client.SayKeyExchange(HelloBuilder.V16(Encrypt(premaster)), secret, extendedMasterSecret: true);
    }

    public static byte[] Encrypt(byte[] premaster)
    {
        using var rsa = PublicKey();
        return rsa.Encrypt(premaster, RSAEncryptionPadding.Pkcs1);
    }

    public static byte[] Ciphertext(string kind) => kind switch
    {
        "bad padding" => EncryptRaw(Block([0, 1], Good())),
        "bad version" => Encrypt([3, 2, .. Good()[2..]]),
        "too short" => Encrypt(Good()[..47]),
        "too long" => Encrypt([.. Good(), 0x42]),
        "no separator" => EncryptRaw([0, 2, .. Enumerable.Repeat((byte)0x11, ModulusSize - 2)]),
        "ciphertext of zeros" => new byte[ModulusSize],
        "empty ciphertext" => [],
        "ciphertext beyond the modulus" => [.. Enumerable.Repeat((byte)0xFF, ModulusSize)],
        "a byte too many" => [0, .. Encrypt(Good())],
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    private static byte[] Block(byte[] start, byte[] premaster) =>
        [.. start, .. Enumerable.Repeat((byte)0x11, ModulusSize - start.Length - 1 - premaster.Length), 0, .. premaster];

    /// <summary>The public operation without any padding; of no interest to timing here.</summary>
    private static byte[] EncryptRaw(byte[] block)
    {
        using var rsa = PublicKey();
        var parameters = rsa.ExportParameters(includePrivateParameters: false);
        var result = System.Numerics.BigInteger.ModPow(
            new(block, isUnsigned: true, isBigEndian: true), new(parameters.Exponent, isUnsigned: true, isBigEndian: true), new(parameters.Modulus, isUnsigned: true, isBigEndian: true))
            .ToByteArray(isUnsigned: true, isBigEndian: true);
        return [.. new byte[ModulusSize - result.Length], .. result];
    }

    private static RSA PublicKey()
    {
        using var certificate = Tls12Site.Rsa.WithoutPrivateKey();
        return System.Security.Cryptography.X509Certificates.RSACertificateExtensions.GetRSAPublicKey(certificate)!;
    }
}
