using System.Text.Json.Nodes;
using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.Matrix;

/// <summary>A custody as a site's configuration names it, and what may cross the link under it.</summary>
internal sealed record Cut(string Name, string Custody)
{
    /// <summary>Further properties of the site.</summary>
    public string Settings { get; init; } = "{}";

    /// <summary>Round trips of a full handshake, by key exchange, as docs/handshakes.md has them.</summary>
    public required IReadOnlyDictionary<Exchange, int> RoundTrips { get; init; }

    /// <summary>The catalogue's row, by key exchange.</summary>
    public required IReadOnlyDictionary<Exchange, string> Rows { get; init; }

    /// <summary>Where the edge's copy of the master secret comes over the link.</summary>
    public IReadOnlyList<Exchange> MasterSecretCrosses { get; init; } = [];

    /// <summary>Where the premaster secret of RSA key exchange comes over the link.</summary>
    public bool PremasterCrosses { get; init; }

    /// <summary>Whether TLS 1.3's traffic secrets come over the link.</summary>
    public bool TrafficSecretsCross { get; init; }

    /// <summary>Ways of resumption that go with it.</summary>
    public required IReadOnlyList<Arrangement> Arrangements { get; init; }

    public static IReadOnlyList<Cut> All { get; } =
    [
        new("signature", "signature")
        {
            RoundTrips = Trips(1, 1, 1, 1),
            Rows = Row("X1", "K2", "K2", "K4"),
            MasterSecretCrosses = [Exchange.Rsa],
            Arrangements = Arrangement.OfTheEdge,
        },
        new("premaster", "premaster")
        {
            RoundTrips = Trips(1, 1, 1, 1),
            Rows = Row("X1", "K2", "K2", "K1"),
            PremasterCrosses = true,
            Arrangements = [Arrangement.EdgeTicket, Arrangement.EdgeIdentifier],
        },
        new("exchange", "exchange")
        {
            RoundTrips = Trips(1, 2, 2, 1),
            Rows = Row("X2", "K3", "K3", "K4"),
            MasterSecretCrosses = [Exchange.Rsa],
            Arrangements = Arrangement.OfTheEdge,
        },
        new("exchange-handed-over", "exchange")
        {
            Settings = """{ "handOverPrivateValue": true }""",
            RoundTrips = Trips(1, 1, 1, 1),
            Rows = Row("X2", "K3a", "K3a", "K4"),
            MasterSecretCrosses = [Exchange.Rsa],
            Arrangements = [Arrangement.EdgeTicket],
        },
        new("master-secret", "master-secret")
        {
            RoundTrips = Trips(1, 2, 2, 1),
            Rows = Row("X2", "K3b", "K3b", "K4"),
            MasterSecretCrosses = [Exchange.Ecdhe, Exchange.Dhe, Exchange.Rsa],
            Arrangements = [.. Arrangement.OfTheEdge, Arrangement.State],
        },
        new("session-keys", "session-keys")
        {
            RoundTrips = Trips(1, 2, 2, 1),
            Rows = Row("X2", "K3c", "K3c", "K5"),
            TrafficSecretsCross = true,
            Arrangements = [Arrangement.KeyServerTicket("R4"), Arrangement.EdgeIdentifierOfSealedState, Arrangement.KeyServerIdentifier("R2")],
        },
        new("handshake", "handshake")
        {
            RoundTrips = Trips(2, 3, 3, 3),
            Rows = Row("X2", "K7", "K7", "K6"),
            TrafficSecretsCross = true,
            Arrangements = [Arrangement.KeyServerTicket("R11", resuming: 2), Arrangement.KeyServerIdentifier("R11", resuming: 2)],
        },
        new("handshake-finished-at-the-edge", "handshake")
        {
            Settings = """{ "finished": "edge" }""",
            RoundTrips = Trips(2, 2, 2, 2),
            Rows = Row("X2", "K7", "K7", "K6"),
            MasterSecretCrosses = [Exchange.Ecdhe, Exchange.Dhe, Exchange.Rsa],
            TrafficSecretsCross = true,
            Arrangements = [Arrangement.KeyServerTicket("R11")],
        },
    ];

    /// <summary>The site of a cell.</summary>
    public SitePlan SiteOf(TestKey key, Arrangement arrangement)
    {
        var settings = JsonNode.Parse(Settings)!.AsObject();
        settings["resumption"] = JsonNode.Parse(arrangement.Resumption);
        return new SitePlan(NameOf(key, arrangement), key)
        {
            Custody = Custody,
            Profile = "compatible",
            RawOperations = Custody == "premaster",
            Settings = settings.ToJsonString(),
        };
    }

    public string NameOf(TestKey key, Arrangement arrangement) => $"{Name}-{(key == TestKey.Rsa2048 ? "rsa" : "ecdsa")}-{arrangement.Name}";

    private static Dictionary<Exchange, int> Trips(int tls13, int ecdhe, int dhe, int rsa) =>
        new() { [Exchange.Tls13] = tls13, [Exchange.Ecdhe] = ecdhe, [Exchange.Dhe] = dhe, [Exchange.Rsa] = rsa };

    private static Dictionary<Exchange, string> Row(string tls13, string ecdhe, string dhe, string rsa) =>
        new() { [Exchange.Tls13] = tls13, [Exchange.Ecdhe] = ecdhe, [Exchange.Dhe] = dhe, [Exchange.Rsa] = rsa };
}
