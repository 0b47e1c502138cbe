using Latchkey.Crypto;
using Latchkey.Tls.Tls12;
using Latchkey.Tls.Tls13;

namespace Latchkey.Tls.Custodies;

/// <summary>Pre-shared keys in this process, by identity (catalogue G4).</summary>
/// <param name="keys">Owned from here on.</param>
/// <param name="identityHint">TLS 1.2: <see cref="PreSharedKeyHolder.IdentityHint"/>.</param>
public sealed class LocalPreSharedKeys(IEnumerable<PreSharedKey> keys, ReadOnlyMemory<byte> identityHint = default) : PreSharedKeyHolder, IDisposable
{
    // An identity is no secret: it travels in the clear, and a lookup may take what time it takes.
    private readonly Dictionary<string, PreSharedKey> _keys = keys.ToDictionary(key => Name(key.Identity));

    /// <inheritdoc/>
    public override ReadOnlyMemory<byte> IdentityHint { get; } = identityHint;

    /// <inheritdoc/>
    public override DigestAlgorithm DigestOf(ReadOnlyMemory<byte> identity) => Find(identity)?.Digest ?? DigestAlgorithm.Sha256;

    /// <inheritdoc/>
    public override Tls13KeyHolder? BeginTls13(HandshakeFacts facts, int identity)
    {
        var offered = facts.ClientHello.PreSharedKey!;
        if (Find(offered.Identities[identity].Identity) is not { } key || key.Digest != facts.CipherSuite.Digest())
            return null;
        return new LocalTls13KeyHolder(PreSharedTls13Agreement.WithExternalKey(facts.Crypto, key.Digest, key.Secret, offered, identity, key.Origin), facts);
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

    internal PreSharedKeyOrigin Origin { get; private init; } = PreSharedKeyOrigin.External;

    /// <summary>TLS 1.3: the key for suites of a digest that RFC 9258 makes of an external key, which may then serve several digests.</summary>
    /// <param name="externalKey">Lent.</param>
    /// <param name="digest">The external key's own; SHA-256 where nothing was agreed (RFC 9258 §5.1).</param>
    /// <param name="externalIdentity">1 to 65,535 bytes.</param>
    /// <param name="context">0 to 65,535 bytes, the same on both sides.</param>
    /// <param name="target">The suites' digest.</param>
    public static PreSharedKey Import(
        CryptoProvider crypto, SecretBytes externalKey, DigestAlgorithm digest, ReadOnlySpan<byte> externalIdentity, ReadOnlySpan<byte> context, DigestAlgorithm target)
    {
        var identity = PreSharedKeyImport.Identity(externalIdentity, context, target);
        return new PreSharedKey(identity, PreSharedKeyImport.Derive(crypto, externalKey, digest, identity, target), target) { Origin = PreSharedKeyOrigin.Imported };
    }

    /// <inheritdoc/>
    public void Dispose() => Secret.Dispose();
}
