using Latchkey.Crypto;

namespace Latchkey.Tls;

/// <summary>What the name of a suite says.</summary>
public static class CipherSuiteAlgorithms
{
    /// <summary>The AEAD that protects records.</summary>
    public static AeadAlgorithm Aead(this CipherSuite suite) => CipherSuiteFacts.Of(suite).Aead;

    /// <summary>The digest of transcript, key schedule and PRF.</summary>
    public static DigestAlgorithm Digest(this CipherSuite suite) => CipherSuiteFacts.Of(suite).Digest;
}
