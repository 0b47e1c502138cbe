using Latchkey.KeyServer.Listener;
using Latchkey.Tls.Clients;

namespace Latchkey.KeyServer;

/// <summary>The link at one moment, for <c>/status</c>.</summary>
/// <param name="Listen">Where edges connect; null: nowhere.</param>
/// <param name="BindInterface">The one network interface that is used; null: any.</param>
/// <param name="Allow">Networks that may connect; empty: all that are not denied.</param>
/// <param name="Deny">Networks that may not.</param>
/// <param name="Revocation">The revocation lists in force.</param>
/// <param name="Dial">Edges that the key server dials.</param>
public sealed record LinkStatus(
    string? Listen, string? BindInterface, IReadOnlyList<string> Allow, IReadOnlyList<string> Deny, IReadOnlyList<RevocationListInfo> Revocation, IReadOnlyList<DialStatus> Dial)
{
    internal static LinkStatus Of(EdgeConnections connections, EdgeDialler dialler, KeyServerOptions options)
    {
        var terms = connections.HasTerms ? connections.Terms : null;
        return new LinkStatus(
            options.Listen?.ToString(),
            options.BindInterface,
            [.. (terms?.Addresses.Allow ?? []).Select(network => network.ToString())],
            [.. (terms?.Addresses.Deny ?? []).Select(network => network.ToString())],
            terms?.Admission.Revocation?.Lists ?? [],
            dialler.Status);
    }
}
