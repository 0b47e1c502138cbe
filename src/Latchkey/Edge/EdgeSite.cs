using Latchkey.Client.DelegatedCredentials;
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
    /// <summary>For those of its certificates that may delegate, where the site wants delegated credentials.</summary>
    public IReadOnlyList<KeyServerDelegatedCredentials> DelegatedCredentials { get; init; } = [];

    /// <summary>Those of one of its certificates; null: there are none.</summary>
    public KeyServerDelegatedCredentials? DelegatedCredentialsOf(TlsCertificate certificate) =>
        DelegatedCredentials.FirstOrDefault(one => one.Certificate.Span.SequenceEqual(certificate.Fingerprint.Span));

    /// <summary>For logs and metrics.</summary>
    public string Name => Tls.Name;
}
