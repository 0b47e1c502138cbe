namespace Latchkey.KeyServer.Audit;

/// <summary>A kind of refusal: who was refused what.</summary>
/// <param name="Edge">The edge's name.</param>
/// <param name="Key">Lower-case hexadecimal SKI as asked for; empty: none was named.</param>
/// <param name="Operation">What was asked for.</param>
/// <param name="Name">SNI; empty: none.</param>
/// <param name="Outcome">What the edge was told.</param>
/// <param name="Reason">What stood in the way, for the owner: the rule's <c>edge</c>, <c>name</c>, <c>custody</c> …; empty: it does not follow from the rules.</param>
internal readonly record struct Denial(string Edge, string Key, string Operation, string Name, string Outcome, string Reason);
