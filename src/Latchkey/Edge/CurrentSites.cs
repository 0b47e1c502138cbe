using Latchkey.Tls;
using Latchkey.Tls.Messages;

namespace Latchkey.Edge;

/// <summary>The sites in force. A reload swaps them between two handshakes and between two requests; connections stay.</summary>
internal sealed class CurrentSites(SiteMap first) : ISiteSelector
{
    private volatile SiteMap _map = first;

    public SiteMap Map
    {
        get => _map;
        set => _map = value;
    }

    public ValueTask<TlsSite?> SelectAsync(ClientHello hello, TlsEndPoints endPoints, CancellationToken cancellationToken) =>
        _map.Names.SelectAsync(hello, endPoints, cancellationToken);
}
