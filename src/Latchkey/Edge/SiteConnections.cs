using Latchkey.Tls.AspNetCore;
using Microsoft.AspNetCore.Connections;

namespace Latchkey.Edge;

/// <summary>Connection middleware after the handshake: hands the plaintext to the site's upstream, most of which want Kestrel's HTTP.</summary>
internal sealed class SiteConnections(CurrentSites sites, ConnectionDelegate http)
{
    public Task OnConnectionAsync(ConnectionContext connection)
    {
        var handshake = connection.Features.Get<IKeylessHandshakeFeature>()!.Handshake;
        // A site that a reload removed during the handshake: HTTP answers 421.
        return sites.Map.Of(handshake)?.Upstream.ServeConnectionAsync(connection, http) ?? http(connection);
    }
}
