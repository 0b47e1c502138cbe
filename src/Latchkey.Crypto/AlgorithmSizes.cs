namespace Latchkey.Crypto;

/// <summary>Sizes that follow from an algorithm's name.</summary>
public static class AlgorithmSizes
{
    /// <summary>Size of a digest in bytes.</summary>
    public static int SizeInBytes(this DigestAlgorithm algorithm) => algorithm switch
    {
        DigestAlgorithm.Md5Sha1 => 36,
        DigestAlgorithm.Sha1 => 20,
        DigestAlgorithm.Sha224 => 28,
        DigestAlgorithm.Sha256 => 32,
        DigestAlgorithm.Sha384 => 48,
        DigestAlgorithm.Sha512 => 64,
        _ => throw new ArgumentOutOfRangeException(nameof(algorithm)),
    };

    /// <summary>Length of an AEAD key in bytes.</summary>
    public static int KeySizeInBytes(this AeadAlgorithm algorithm) => algorithm == AeadAlgorithm.Aes128Gcm ? 16 : 32;
}
