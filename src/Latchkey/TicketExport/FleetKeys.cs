using Latchkey.Client;
using Latchkey.Client.Tickets;
using Latchkey.Configuration;
using Latchkey.Crypto;
using Latchkey.Edge;
using Latchkey.Tickets;
using Latchkey.Tls;
using Microsoft.Extensions.Logging;

namespace Latchkey.TicketExport;

/// <summary>The ticket keys of one site of an edge's configuration, from its key servers, without the edge.</summary>
internal sealed class FleetKeys : IAsyncDisposable
{
    private readonly KeyServerLinks _links;
    private readonly PublicKey _publicKey;
    private readonly KeyServerTicketKeyRing _ring;

    /// <exception cref="ConfigurationException">No such site, or no key server that it connects to has its key.</exception>
    public FleetKeys(EdgeConfig config, string name, ILoggerFactory loggers)
    {
        var site = config.Sites.FirstOrDefault(site => site.Names.Contains(name, StringComparer.OrdinalIgnoreCase))
            ?? throw new ConfigurationException(config.File, "sites", $"no site has the name \"{name}\" (expected one of {string.Join(", ", config.Sites.SelectMany(one => one.Names))})");
        if (site.KeyServer is null)
            throw new ConfigurationException(config.File, $"sites[{config.Sites.ToList().IndexOf(site)}]", "has no keyServer, which gives ticket keys (expected keyServer)");
        var link = config.KeyServers[site.KeyServer];
        if (link.EndPoints.Count == 0)
            throw new ConfigurationException(config.File, $"keyServers.{link.Name}", "connects to the edge, which is another process (expected endpoints)");
        _links = new KeyServerLinks(loggers);
        // Whoever dials in, dials the edge.
        var client = _links.Open(link with { Accept = null });
        _publicKey = CryptoProvider.Default.ImportPublicKey(site.Certificates[0].Chain[0].PublicKey.ExportSubjectPublicKeyInfo());
        var certificate = new TlsCertificate { Chain = [site.Certificates[0].Chain[0].RawData], PublicKey = _publicKey, Custody = client.CreateCustody("signature") };
        _ring = new KeyServerTicketKeyRing(client, certificate, site.Name);
    }

    /// <inheritdoc cref="KeyServerTicketKeyRing.InUse"/>
    public IReadOnlyList<TicketKey> InUse() => _ring.InUse();

    /// <inheritdoc cref="KeyServerTicketKeyRing.NextChange"/>
    public Task NextChange() => _ring.NextChange;

    public async ValueTask DisposeAsync()
    {
        await _ring.DisposeAsync();
        await _links.DisposeAsync();
        _publicKey.Dispose();
    }
}
