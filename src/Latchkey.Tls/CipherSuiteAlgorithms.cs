using Latchkey.Crypto;
using Latchkey.Tls.Records;

namespace Latchkey.Tls;

/// <summary>What the name of a suite says.</summary>
public static class CipherSuiteAlgorithms
{
    /// <summary>Whether it is one of that version which the engine has.</summary>
    public static bool IsServed(this CipherSuite suite, TlsVersion version) => CipherSuiteFacts.Find(suite)?.Version == version;

    /// <summary>The AEAD that protects records.</summary>
    /// <exception cref="InvalidCastException">The suite is an AES-CBC one of TLS 1.2.</exception>
    public static AeadAlgorithm Aead(this CipherSuite suite) => ((AeadRecordCipher)CipherSuiteFacts.Of(suite).Cipher).Algorithm;

    /// <summary>The one version it belongs to.</summary>
    public static TlsVersion Version(this CipherSuite suite) => CipherSuiteFacts.Of(suite).Version;

    /// <summary>The strictest profile that offers it.</summary>
    public static TlsProfile Profile(this CipherSuite suite) => CipherSuiteFacts.Of(suite).Profile;

    /// <summary>The digest of transcript, key schedule and PRF.</summary>
    public static DigestAlgorithm Digest(this CipherSuite suite) => CipherSuiteFacts.Of(suite).Digest;
}
