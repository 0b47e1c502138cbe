namespace Latchkey.KeyServer.Policy;

/// <summary>
/// What the configuration's <c>keys</c> entries say: a use is allowed if one of the rules of the key's entry allows it (attacks 3, 6, 9, 13, 19). Of a denial it tells the
/// rule that came nearest, which is most likely the one that whoever reads it wants to change.
/// </summary>
public sealed class KeySourcePolicy : IKeyPolicy
{
    /// <summary>It has no state.</summary>
    public static KeySourcePolicy Instance { get; } = new();

    /// <inheritdoc/>
    public KeyDecision Decide(in KeyUse use)
    {
        var nearest = KeyDenial.Edge;
        KeyRule? its = null;
        foreach (var rule in use.Source.InForce)
        {
            var denial = rule.Judge(use);
            if (denial == KeyDenial.None)
                return KeyDecision.Allowed(rule);
            if (denial > nearest || use.Source.InForce.Length == 1)
                (nearest, its) = (denial, rule);
        }
        return KeyDecision.Denied(nearest, its);
    }
}
