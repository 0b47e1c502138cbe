using System.Collections.Frozen;
using Latchkey.KeyServer.Policy;

namespace Latchkey.KeyServer.Keys;

/// <summary>
/// All keys at one moment, with their indexes; immutable. A reload makes another and swaps. Found by SKI, modulus digest (I4),
/// certificate fingerprint (I3) or name (I1).
/// </summary>
internal sealed class KeySet
{
    public static readonly KeySet Empty = new([]);

    private readonly FrozenDictionary<byte[], StoredKey> _bySki;
    private readonly FrozenDictionary<byte[], StoredKey> _byDigest;
    private readonly FrozenDictionary<byte[], StoredKey> _byFingerprint;
    private readonly FrozenDictionary<string, StoredKey> _byName;
    private readonly FrozenDictionary<byte[], StoredKey>.AlternateLookup<ReadOnlySpan<byte>> _skis;
    private readonly FrozenDictionary<byte[], StoredKey>.AlternateLookup<ReadOnlySpan<byte>> _digests;
    private readonly FrozenDictionary<byte[], StoredKey>.AlternateLookup<ReadOnlySpan<byte>> _fingerprints;

    public KeySet(IReadOnlyList<StoredKey> keys)
    {
        Keys = keys;
        ServesRawOperations = keys.Any(k => k.Source.Serves(KeyOperations.Raw));
        _bySki = keys.ToFrozenDictionary(k => k.Ski, IdentifierComparer.Instance);
        _byDigest = keys.Where(k => k.ModulusDigest is not null)
            .ToFrozenDictionary(k => k.ModulusDigest!, IdentifierComparer.Instance);
        _byFingerprint = keys.SelectMany(k => k.Certificates.Select(c => (c.Fingerprint, k)))
            .ToFrozenDictionary(p => p.Fingerprint, p => p.k, IdentifierComparer.Instance);
        _byName = IndexNames(keys);
        _skis = _bySki.GetAlternateLookup<ReadOnlySpan<byte>>();
        _digests = _byDigest.GetAlternateLookup<ReadOnlySpan<byte>>();
        _fingerprints = _byFingerprint.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    /// <summary>In the order of the configuration, then of file names.</summary>
    public IReadOnlyList<StoredKey> Keys { get; }

    /// <summary>Whether some key serves the deployed protocol's raw operations.</summary>
    public bool ServesRawOperations { get; }

    public StoredKey? FindBySki(ReadOnlySpan<byte> ski) => _skis.TryGetValue(ski, out var key) ? key : null;

    public StoredKey? FindByModulusDigest(ReadOnlySpan<byte> digest) => _digests.TryGetValue(digest, out var key) ? key : null;

    public StoredKey? FindByFingerprint(ReadOnlySpan<byte> fingerprint) => _fingerprints.TryGetValue(fingerprint, out var key) ? key : null;

    /// <summary>The exact name first, then the wildcard that covers its first label.</summary>
    public StoredKey? FindByName(string name)
    {
        name = name.ToLowerInvariant().TrimEnd('.');
        if (_byName.TryGetValue(name, out var key))
            return key;
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && _byName.TryGetValue(string.Concat("*", name.AsSpan(dot)), out key) ? key : null;
    }

    /// <summary>Lets go of every key; those leased live on until their leases end.</summary>
    public void Release()
    {
        foreach (var key in Keys)
            key.Release();
    }

    // The same name may stand in an RSA and an ECDSA certificate: by name alone the first one wins; who cares sends an SKI.
    private static FrozenDictionary<string, StoredKey> IndexNames(IReadOnlyList<StoredKey> keys)
    {
        var names = new Dictionary<string, StoredKey>(StringComparer.Ordinal);
        foreach (var key in keys)
            foreach (var name in key.Certificates.SelectMany(c => c.Names))
                names.TryAdd(name, key);
        return names.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
