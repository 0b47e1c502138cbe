using System.Collections.Frozen;
using Latchkey.Crypto;

namespace Latchkey.KeyServer.Policy;

/// <summary>
/// One rule of a key's entry: what it says is allowed to the edges it is for, and nothing else. Rules only ever allow, so their order does not matter to what
/// is allowed, and no rule takes back what another gives. Immutable.
/// </summary>
public sealed class KeyRule
{
    private readonly FrozenSet<string>? _edges;
    private readonly FrozenSet<SignatureScheme>? _schemes;

    /// <summary>Where it stands in the configuration, for messages: <c>keys[0].rules[1]</c>.</summary>
    public string Place { get; init; } = "a rule";

    /// <summary>Whom it is for: names, <c>sha256:</c> and <c>spki:</c> fingerprints (<see cref="Admission.EdgeIdentity"/>); null: every admitted edge.</summary>
    public IReadOnlyCollection<string>? Edges
    {
        get => _edges;
        init => _edges = value?.ToFrozenSet(StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>What may be done.</summary>
    public KeyOperations Operations { get; init; } = KeyOperations.Standard;

    /// <summary>The most that the edge may hold of a handshake afterwards. Default: whatever the operations give.</summary>
    public KeyCustody Custody { get; init; } = KeyCustody.FetchedKey;

    /// <summary>For which host names; null: all that the key's certificates have, and handshakes without a name. With names a request must have one. <c>*</c>: every
    /// name, also one that the certificates do not have, and none.</summary>
    public NamePatterns? Names { get; init; }

    /// <summary>By which schemes may be signed; null: all that are strong enough for the version (attack 19).</summary>
    public IReadOnlyCollection<SignatureScheme>? Schemes
    {
        get => _schemes;
        init => _schemes = value?.ToFrozenSet();
    }

    /// <summary>How often each edge may use each key; null: as often as there is room.</summary>
    public UseRate? Rate { get; init; }

    /// <summary>How many uses of each key each edge has in an hour or a day (attack 6); null: no limit.</summary>
    public UseQuota? Quota { get; init; }

    /// <summary>How long a delegated credential may live, at most 7 days (RFC 9345 §4.1.3): so long an edge that is shut out goes on. Default 12 hours.</summary>
    public TimeSpan DelegatedCredentialLifetime { get; init; } = TimeSpan.FromHours(12);

    /// <summary>For people: what of it bounds a use that it allows; empty where nothing does.</summary>
    internal string Bounds => string.Concat(
        Custody == KeyCustody.FetchedKey ? "" : $"; custody up to {PolicyWords.Of(Custody)}",
        Schemes is null ? "" : $"; schemes {string.Join(", ", Schemes.Select(PolicyWords.Of))}",
        Operations.HasFlag(KeyOperations.DelegatedCredential) ? $"; delegated credentials for {DelegatedCredentialLifetime.TotalSeconds} s" : "",
        Rate is null ? "" : $"; {Rate}",
        Quota is null ? "" : $"; {Quota}");

    /// <summary>What tells it from other rules of its entry, whoever it is for and however much it allows: what is counted is kept under this.</summary>
    internal string Scope => field ??= $"{(int)Operations} {(int)Custody} {Names} {(Schemes is null ? "" : string.Join(',', Schemes.Order()))}";

    /// <summary>What of it stands in the way of a use; nothing: the use is allowed.</summary>
    internal KeyDenial Judge(in KeyUse use)
    {
        if (_edges is not null && !use.Edge.AnswersAny(_edges))
            return KeyDenial.Edge;
        if ((Operations & use.Demand.Operation) == 0)
            return KeyDenial.Operation;
        if (use.Demand.Custody > Custody)
            return KeyDenial.Custody;
        if (JudgeName(use) is not KeyDenial.None and var denial)
            return denial;
        if (!IsSchemeAllowed(use.Demand))
            return KeyDenial.Scheme;
        return use.Demand.Lifetime <= DelegatedCredentialLifetime ? KeyDenial.None : KeyDenial.Lifetime;
    }

    private KeyDenial JudgeName(in KeyUse use)
    {
        if (Names is not { MatchesAll: true } && use.CertificateNames.Count > 0)
            return JudgeNames(use);
        // A relayed handshake that goes on names no host again: its hello did.
        if (Names is { MatchesAll: true } || (use.ServerName.IsEmpty && (Names is null || use.Demand.Continues)))
            return KeyDenial.None;
        if (Names is not null && !Names.Match(use.ServerName))
            return KeyDenial.Name;
        return use.Names.IsEmpty || use.Names.Match(use.ServerName) ? KeyDenial.None : KeyDenial.Certificate;
    }

    // Who may act for one name of a certificate must not get what acts for all.
    private KeyDenial JudgeNames(in KeyUse use)
    {
        foreach (var name in use.CertificateNames)
        {
            if (Names is not null && !Names.Cover(name))
                return KeyDenial.Name;
            if (!use.Names.IsEmpty && !use.Names.Cover(name))
                return KeyDenial.Certificate;
        }
        return KeyDenial.None;
    }

    // A handshake that is conducted here chooses its scheme with the client, by what is strong and not by this rule: with a list there is no relaying.
    private bool IsSchemeAllowed(in KeyDemand demand) =>
        _schemes is null || (demand.Scheme is { } scheme ? _schemes.Contains(scheme) : (demand.Operation & (KeyOperations.Relay | KeyOperations.HandOver)) == 0);
}
