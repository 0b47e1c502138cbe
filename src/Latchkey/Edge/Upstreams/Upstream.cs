using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;

namespace Latchkey.Edge.Upstreams;

/// <summary>Where a site's plaintext goes (D5, D6). Thread-safe.</summary>
internal abstract class Upstream
{
    /// <summary>What ALPN offers; empty: the extension is ignored.</summary>
    public virtual IReadOnlyList<string> ApplicationProtocols => ["h2", "http/1.1"];

    /// <summary>Serves a whole connection; by default it is given to Kestrel's HTTP.</summary>
    public virtual Task ServeConnectionAsync(ConnectionContext connection, ConnectionDelegate http) => http(connection);

    /// <summary>Serves one HTTP request.</summary>
    public abstract Task ServeRequestAsync(HttpContext context);
}
