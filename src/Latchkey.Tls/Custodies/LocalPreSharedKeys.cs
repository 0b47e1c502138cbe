using Latchkey.Crypto;
using Latchkey.Tls.Tls12;
using Latchkey.Tls.Tls13;

namespace Latchkey.Tls.Custodies;

/// <summary>Pre-shared keys in this process, by identity (catalogue G4).</summary>
/// <param name="keys">Owned from here on.</param>
public sealed class LocalPreSharedKeys(IEnumerable<PreSharedKey> keys) : PreSharedKeyHolder, IDisposable
{
    // An identity is no secret: it travels in the clear, and a lookup may take what time it takes.
    private readonly Dictionary<string, PreSharedKey> _keys = keys.ToDictionary(key => Name(key.Identity));

    /// <inheritdoc/>
    public override DigestAlgorithm DigestOf(ReadOnlyMemory<byte> identity) => Find(identity)?.Digest ?? DigestAlgorithm.Sha256;

    /// <inheritdoc/>
    public override Tls13KeyHolder? BeginTls13(HandshakeFacts facts, int identity)
    {
        var offered = facts.ClientHello.PreSharedKey!;
        if (Find(offered.Identities[identity].Identity) is not { } key || key.Digest != facts.CipherSuite.Digest())
            return null;
        return new LocalTls13KeyHolder(PreSharedTls13Agreement.WithExternalKey(facts.Crypto, key.Digest, key.Secret, offered, identity), facts);
    }

    /// <inheritdoc/>
    public override ValueTask<SecretBytes?> DeriveMasterSecretAsync(PreSharedMasterSecretDerivation request, CancellationToken cancellationToken)
    {
        if (Find(request.Identity) is not { } key)
            return ValueTask.FromResult<SecretBytes?>(null);
        using var premaster = PreSharedPremaster.Combine(request.OtherSecret, key.Secret);
        return ValueTask.FromResult<SecretBytes?>(MasterSecret.Derive(
            request.Handshake.Crypto, request.Handshake.CipherSuite.Digest(), premaster, request.ClientRandom.Span, request.ServerRandom.Value.Span, request.SessionHash));
    }

    /// <summary>Zeroes the keys.</summary>
    public void Dispose()
    {
        foreach (var key in _keys.Values)
            key.Dispose();
    }

    private PreSharedKey? Find(ReadOnlyMemory<byte> identity) => _keys.GetValueOrDefault(Name(identity));

    private static string Name(ReadOnlyMemory<byte> identity) => Convert.ToHexString(identity.Span);
}

/// <summary>One key and its name. Owns the secret.</summary>
/// <param name="identity">1 to 65,535 bytes.</param>
/// <param name="secret">At least 16 bytes of high entropy: whoever has recorded a handshake can try out a weak one (RFC 8446 §4.2.11, RFC 9257 §4).</param>
/// <param name="digest">TLS 1.3: the digest it goes with; RFC 8446 §4.2.11: SHA-256 where nothing was agreed.</param>
public sealed class PreSharedKey(ReadOnlyMemory<byte> identity, SecretBytes secret, DigestAlgorithm digest = DigestAlgorithm.Sha256) : IDisposable
{
    /// <summary>1 to 65,535 bytes.</summary>
    public ReadOnlyMemory<byte> Identity { get; } = identity;

    /// <summary>The key. Lent.</summary>
    public SecretBytes Secret { get; } = secret;

    /// <summary>TLS 1.3: the digest it goes with.</summary>
    public DigestAlgorithm Digest { get; } = digest;

    /// <inheritdoc/>
    public void Dispose() => Secret.Dispose();
}
