using Latchkey.Configuration;
using Latchkey.Edge.Upstreams;
using Latchkey.Tls;

namespace Latchkey.Edge;

/// <summary>One site at run time: how its handshakes go, and where its plaintext goes. Immutable.</summary>
/// <param name="Config">What was configured.</param>
/// <param name="Tls">What its handshakes see.</param>
/// <param name="Upstream">Where its plaintext goes.</param>
internal sealed record EdgeSite(SiteConfig Config, TlsSite Tls, Upstream Upstream)
{
    /// <summary>For logs and metrics.</summary>
    public string Name => Tls.Name;
}
