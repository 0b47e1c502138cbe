using System.Text;
using Latchkey.KeyServer.Keys;
using Latchkey.Wire;

namespace Latchkey.KeyServer.Policy;

/// <summary>Puts an operator's question to the policy in the way that requests are, for the keys there are.</summary>
internal static class PolicyExplanation
{
    public static IReadOnlyList<PolicyAnswer> Answer(PolicyQuestion question, KeySet keys, IKeyPolicy policy)
    {
        var operations = question.Operation is { } one ? [one] : PolicyWords.Operations.Select(entry => entry.Operation);
        return [.. from key in keys.Keys where IsMeant(key, question.Key) from operation in operations select Answer(question, operation, key, policy)];
    }

    private static PolicyAnswer Answer(PolicyQuestion question, KeyOperations operation, StoredKey key, IKeyPolicy policy)
    {
        var name = question.Name ?? key.Names.FirstOrDefault(name => !name.StartsWith('*')) ?? "";
        var least = LeastOf(operation);
        var use = new KeyUse
        {
            Edge = question.Edge,
            Operation = Opcode.None,
            Demand = new KeyDemand(operation, question.Custody is { } custody && custody > least ? custody : least, question.Scheme),
            Source = key.Source,
            Key = key.Id,
            Algorithm = key.Private.Algorithm,
            Names = key.NamePatterns,
            ServerName = Encoding.ASCII.GetBytes(name),
            // It is not about one host: whoever gets one may act for all.
            CertificateNames = operation == KeyOperations.DelegatedCredential ? key.Names : [],
        };
        var decision = policy.Decide(use);
        return new PolicyAnswer(key.File, name, operation, decision.IsAllowed, decision.Explain(use) + (decision is { IsAllowed: true, Rule: { } rule } ? rule.Bounds : ""));
    }

    private static bool IsMeant(StoredKey key, string? text) =>
        text is null
        || key.File == text || Path.GetFileName(key.File) == text || key.File == Path.GetFullPath(text)
        || (text.Length >= 4 && key.Id.StartsWith(text, StringComparison.OrdinalIgnoreCase))
        || key.Names.Contains(text, StringComparer.OrdinalIgnoreCase);

    private static KeyCustody LeastOf(KeyOperations operation) => operation switch
    {
        KeyOperations.Relay => KeyCustody.Handshake,
        KeyOperations.Exchange or KeyOperations.Resume or KeyOperations.RsaKeyExchange or KeyOperations.PreSharedKeys => KeyCustody.SessionKeys,
        KeyOperations.HandOver or KeyOperations.Tickets or KeyOperations.TicketKeys => KeyCustody.MasterSecret,
        KeyOperations.SignTls12 or KeyOperations.SignTls13 or KeyOperations.DelegatedCredential => KeyCustody.Signature,
        KeyOperations.RawSign or KeyOperations.RawDecrypt => KeyCustody.Premaster,
        _ => KeyCustody.FetchedKey,
    };
}
