using System.Text;

namespace Latchkey.KeyServer.Policy;

/// <summary>Whether a key may be used, and where not, why: for the owner's log, never for the edge.</summary>
public readonly record struct KeyDecision
{
    private readonly string? _reason;

    private KeyDecision(KeyDenial denial, KeyRule? rule, string? reason)
    {
        Denial = denial;
        Rule = rule;
        _reason = reason;
    }

    /// <summary>What stood in the way; <see cref="KeyDenial.None"/> where nothing did.</summary>
    public KeyDenial Denial { get; }

    /// <summary>The rule that allows it, or the one that came nearest; null: there is none.</summary>
    public KeyRule? Rule { get; }

    /// <summary>Whether it may be used.</summary>
    public bool IsAllowed => Denial == KeyDenial.None;

    /// <summary>It may, by this rule; null where no rule has a say in what may follow.</summary>
    public static KeyDecision Allowed(KeyRule? rule = null) => new(KeyDenial.None, rule, null);

    /// <summary>It may not.</summary>
    public static KeyDecision Denied(KeyDenial denial, KeyRule? rule) => new(denial, rule, null);

    /// <summary>It may not, for a reason of another policy's own.</summary>
    public static KeyDecision Denied(string reason) => new(KeyDenial.Other, null, reason);

    /// <summary>One line: which rule, and what of it.</summary>
    /// <param name="use">What the decision is about.</param>
    public string Explain(in KeyUse use)
    {
        var place = Rule?.Place ?? $"{use.Source.Entry}.rules";
        return Denial switch
        {
            KeyDenial.None => $"allowed by {Rule?.Place ?? "the policy"}",
            KeyDenial.Edge => $"denied by {place}: {(Rule is null ? "no rule is for this edge" : $"it is for {string.Join(", ", Rule.Edges ?? [])}")}",
            KeyDenial.Operation => $"denied by {place}: {PolicyWords.Of(use.Demand.Operation)} is not among its operations ({PolicyWords.Of(Rule!.Operations)})",
            KeyDenial.Custody => $"denied by {place}: the edge would hold {PolicyWords.Of(use.Demand.Custody)}, its custody ends at {PolicyWords.Of(Rule!.Custody)}",
            KeyDenial.Name when use.CertificateNames.Count > 0 => $"denied by {place}: not all names of the certificate ({Shown(use.CertificateNames)}) are among its names ({Rule!.Names})",
            KeyDenial.Certificate when use.CertificateNames.Count > 0 => $"denied by {place}: not all names of the certificate ({Shown(use.CertificateNames)}) are in the key's certificates ({use.Names})",
            KeyDenial.Lifetime => $"denied by {place}: the delegated credential would live for {use.Demand.Lifetime.TotalSeconds} s, it allows {Rule!.DelegatedCredentialLifetime.TotalSeconds} s",
            KeyDenial.Name when use.ServerName.IsEmpty => $"denied by {place}: the request names no host, its names are {Rule!.Names}",
            KeyDenial.Name => $"denied by {place}: the name is not among its names ({Rule!.Names})",
            KeyDenial.Certificate => $"denied by {place}: the name is in none of the key's certificates ({use.Names})",
            KeyDenial.Scheme => $"denied by {place}: {Scheme(use)} is not among its schemes ({string.Join(", ", Rule!.Schemes!.Select(PolicyWords.Of))})",
            _ => $"denied by {_reason ?? place}",
        };
    }

    // They come from the edge.
    private static string Shown(IReadOnlyList<string> names)
    {
        const int most = 4;
        return string.Join(", ", names.Take(most).Select(name => PrintableName.Of(Encoding.UTF8.GetBytes(name)))) + (names.Count > most ? ", …" : "");
    }

    private static string Scheme(in KeyUse use) => use.Demand.Scheme is { } scheme ? PolicyWords.Of(scheme) : "what a relayed handshake chooses";
}

/// <summary>What stood in the way of a use, in the order in which it is looked at.</summary>
public enum KeyDenial
{
    /// <summary>Nothing.</summary>
    None,
    /// <summary>No rule is for this edge.</summary>
    Edge,
    /// <summary>The operation.</summary>
    Operation,
    /// <summary>The edge would hold more than it may.</summary>
    Custody,
    /// <summary>The host name.</summary>
    Name,
    /// <summary>The host name is in none of the key's certificates.</summary>
    Certificate,
    /// <summary>The signature scheme.</summary>
    Scheme,
    /// <summary>How long the edge could go on without asking.</summary>
    Lifetime,
    /// <summary>Another policy's reason.</summary>
    Other,
}
