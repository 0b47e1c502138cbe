using Latchkey.Crypto;

namespace Latchkey.Tls.Records;

/// <summary>
/// The key material of one direction, before it becomes a <see cref="RecordProtection"/>: what a handshake gives its channel, and what a
/// relayed handshake (catalogue K6, K7) sends to the machine that protects the records. All secrets are lent for the call they are given to.
/// </summary>
public abstract record TrafficKeys
{
    private protected TrafficKeys()
    {
    }

    /// <summary>The suite.</summary>
    public required CipherSuite Suite { get; init; }

    /// <summary>Makes the protection, which keeps copies of its own.</summary>
    public abstract RecordProtection CreateProtection(CryptoProvider crypto);

    /// <summary>A copy whose secrets belong to the caller, who ends with <see cref="Zero"/>.</summary>
    internal abstract TrafficKeys Copy();

    /// <summary>Zeroes the secrets of a copy.</summary>
    internal abstract void Zero();
}

/// <summary>One direction's part of a TLS 1.2 key block (RFC 5246 §6.3).</summary>
public sealed record Tls12TrafficKeys : TrafficKeys
{
    /// <summary>The cipher's key.</summary>
    public required SecretBytes Key { get; init; }

    /// <summary>The MAC key of an AES-CBC suite, as long as the MAC; empty for an AEAD.</summary>
    public required SecretBytes MacKey { get; init; }

    /// <summary>The fixed IV: 4 bytes for GCM, 12 for ChaCha20-Poly1305, none for CBC.</summary>
    public required SecretBytes FixedIv { get; init; }

    /// <summary>Of an AES-CBC suite: whether the MAC covers the ciphertext (RFC 7366) or lies in it.</summary>
    public required bool EncryptThenMac { get; init; }

    /// <inheritdoc/>
    public override RecordProtection CreateProtection(CryptoProvider crypto) => CipherSuiteFacts.Of(Suite).Cipher.Protect(crypto, this);

    internal override TrafficKeys Copy() =>
        this with { Key = SecretBytes.CopyOf(Key.Span), MacKey = SecretBytes.CopyOf(MacKey.Span), FixedIv = SecretBytes.CopyOf(FixedIv.Span) };

    internal override void Zero()
    {
        Key.Dispose();
        MacKey.Dispose();
        FixedIv.Dispose();
    }
}

/// <summary>A TLS 1.3 traffic secret (RFC 8446 §7.3).</summary>
public sealed record Tls13TrafficKeys : TrafficKeys
{
    /// <summary>Of the digest's size.</summary>
    public required SecretBytes TrafficSecret { get; init; }

    /// <inheritdoc/>
    public override RecordProtection CreateProtection(CryptoProvider crypto) => new Tls13RecordProtection(crypto, Suite, TrafficSecret);

    internal override TrafficKeys Copy() => this with { TrafficSecret = SecretBytes.CopyOf(TrafficSecret.Span) };

    internal override void Zero() => TrafficSecret.Dispose();
}
