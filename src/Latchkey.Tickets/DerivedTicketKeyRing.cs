using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Latchkey.Crypto;

namespace Latchkey.Tickets;

/// <summary>
/// The keys of one purpose: name and secret of each are HKDF-Expand(a root's secret, "latchkey derived key" ‖ purpose ‖ the root's name), its times and origin the root's. Comes from <see cref="TicketKeyRoots.Derive"/>,
/// which owns it; lent for one operation.
/// </summary>
public sealed class DerivedTicketKeyRing : TicketKeyRing
{
    private readonly TicketKeyRoots _roots;
    private readonly byte[] _info;
    private readonly Lock _gate = new();
    private readonly Dictionary<TicketKey, TicketKey> _byRoot = [];
    private readonly Dictionary<UInt128, TicketKey> _byName = [];
    private TicketKey[]? _derivedOf;
    private bool _isForgotten;

    internal DerivedTicketKeyRing(TicketKeyRoots roots, string name, ReadOnlySpan<byte> purpose)
    {
        _roots = roots;
        Name = name;
        _info = [.. "latchkey derived key"u8, .. purpose];
        Place = new LinkedListNode<DerivedTicketKeyRing>(this);
    }

    internal string Name { get; }

    internal LinkedListNode<DerivedTicketKeyRing> Place { get; }

    /// <inheritdoc/>
    public override TicketKey? ForSealing()
    {
        if (_roots.ForSealing() is not { } root)
            return null;
        lock (_gate)
            return Of(root);
    }

    /// <inheritdoc/>
    public override TicketKey? Find(ReadOnlySpan<byte> name)
    {
        if (name.Length != TicketKey.NameSize)
            return null;
        lock (_gate)
        {
            DeriveAll();
            // Names are public: no need for constant time.
            return _byName.TryGetValue(MemoryMarshal.Read<UInt128>(name), out var key) && _roots.Time.GetUtcNow() < key.OpenUntil ? key : null;
        }
    }

    /// <summary>The keys that open now, the next ones among them, those of this machine's own making first; lent.</summary>
    public IReadOnlyList<TicketKey> InUse()
    {
        lock (_gate)
        {
            DeriveAll();
            return [.. _roots.InUse().Select(Of)];
        }
    }

    /// <summary>What has been derived is zeroed in a while.</summary>
    internal void Forget()
    {
        lock (_gate)
        {
            foreach (var key in _byRoot.Values)
                _roots.Retire(key);
            _byRoot.Clear();
            _byName.Clear();
            _derivedOf = null;
            _isForgotten = true;
        }
    }

    private void DeriveAll()
    {
        var roots = _roots.All;
        if (ReferenceEquals(roots, _derivedOf))
            return;
        foreach (var gone in _byRoot.Keys.Except(roots).ToList())
        {
            _byRoot.Remove(gone, out var key);
            _byName.Remove(MemoryMarshal.Read<UInt128>(key!.Name.Span));
            _roots.Retire(key);
        }
        foreach (var root in roots)
            Of(root);
        _derivedOf = roots;
    }

    private TicketKey Of(TicketKey root)
    {
        if (_byRoot.TryGetValue(root, out var known))
            return known;
        Span<byte> both = stackalloc byte[TicketKey.NameSize + TicketKey.SecretSize];
        // With the root's name, so that nobody gives these keys other times by giving the root another name.
        Hkdf.Expand(_roots.Crypto, DigestAlgorithm.Sha256, root.Secret.Span, [.. _info, .. root.Name.Span], both);
        var key = new TicketKey(both[..TicketKey.NameSize].ToArray(), SecretBytes.CopyOf(both[TicketKey.NameSize..]))
        {
            Created = root.Created,
            SealFrom = root.SealFrom,
            SealUntil = root.SealUntil,
            OpenUntil = root.OpenUntil,
            Origin = root.Origin,
        };
        CryptographicOperations.ZeroMemory(both);
        _byRoot.Add(root, key);
        _byName[MemoryMarshal.Read<UInt128>(key.Name.Span)] = key;
        // Whoever was lent the ring just before derives a key that nobody would zero.
        if (_isForgotten)
            _roots.Retire(key);
        return key;
    }
}
