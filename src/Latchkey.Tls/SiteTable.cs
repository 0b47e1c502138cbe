using System.Collections.Frozen;
using System.Net;
using Latchkey.Tls.Messages;

namespace Latchkey.Tls;

/// <summary>
/// Sites by name (catalogue I1): exact names first, then <c>*.parent</c> for exactly one label, then the default. For a client that names none, the
/// address that it connected to stands for a name (I2). Immutable.
/// </summary>
public sealed class SiteTable : ISiteSelector
{
    private const string Wildcard = "*.";

    private readonly FrozenDictionary<string, TlsSite> _names;
    private readonly FrozenDictionary<string, TlsSite>.AlternateLookup<ReadOnlySpan<char>> _parents;
    private readonly FrozenDictionary<IPAddress, TlsSite> _addresses;
    private readonly TlsSite? _defaultSite;

    /// <param name="names">DNS names, in any case, without a trailing dot; <c>*.example.test</c> covers <c>www.example.test</c> but neither
    /// <c>example.test</c> nor <c>a.b.example.test</c> (RFC 6125 §6.4.3).</param>
    /// <param name="defaultSite">For clients that send no name or an unknown one; null refuses them.</param>
    /// <param name="addresses">Local addresses, for clients that send no name.</param>
    /// <exception cref="ArgumentException">A name or an address occurs twice, or is none.</exception>
    public SiteTable(IEnumerable<KeyValuePair<string, TlsSite>> names, TlsSite? defaultSite = null, IEnumerable<KeyValuePair<IPAddress, TlsSite>>? addresses = null)
    {
        var table = new Dictionary<string, TlsSite>();
        foreach (var (name, site) in names)
        {
            if (!table.TryAdd(Normalize(name), site))
                throw new ArgumentException($"The name '{name}' occurs twice.", nameof(names));
        }

        _names = table.ToFrozenDictionary(StringComparer.Ordinal);
        _parents = table.Where(entry => entry.Key.StartsWith(Wildcard, StringComparison.Ordinal))
            .ToFrozenDictionary(entry => entry.Key[Wildcard.Length..], entry => entry.Value, StringComparer.Ordinal)
            .GetAlternateLookup<ReadOnlySpan<char>>();
        var byAddress = new Dictionary<IPAddress, TlsSite>();
        foreach (var (address, site) in addresses ?? [])
        {
            if (!byAddress.TryAdd(Normalize(address), site))
                throw new ArgumentException($"The address {address} occurs twice.", nameof(addresses));
        }

        _addresses = byAddress.ToFrozenDictionary();
        _defaultSite = defaultSite;
    }

    /// <inheritdoc/>
    public ValueTask<TlsSite?> SelectAsync(ClientHello hello, TlsEndPoints endPoints, CancellationToken cancellationToken) =>
        ValueTask.FromResult(hello.ServerName is null && endPoints.Server is { } local ? FindByAddress(local.Address) : Find(hello.ServerName));

    /// <summary>The site of a local address, for a client that sends no name.</summary>
    public TlsSite? FindByAddress(IPAddress local) => _addresses.TryGetValue(Normalize(local), out var site) ? site : _defaultSite;

    /// <summary>The site of a lower-case name, or of none.</summary>
    public TlsSite? Find(string? name)
    {
        if (name is null)
            return _defaultSite;
        if (_names.TryGetValue(name, out var site))
            return site;
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && _parents.TryGetValue(name.AsSpan(dot + 1), out site) ? site : _defaultSite;
    }

    /// <summary>A listener of both families sees IPv4 clients at mapped addresses; link-local ones come with a scope.</summary>
    private static IPAddress Normalize(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : new IPAddress(address.GetAddressBytes());

    private static string Normalize(string name)
    {
        var normal = name.ToLowerInvariant();
        var rest = normal.StartsWith(Wildcard, StringComparison.Ordinal) ? normal[Wildcard.Length..] : normal;
        return ServerNameExtension.IsDnsName(rest) ? normal : throw new ArgumentException($"'{name}' is not a DNS name.", nameof(name));
    }
}
