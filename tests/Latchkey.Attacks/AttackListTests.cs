using System.Reflection;

namespace Latchkey.Attacks;

/// <summary>Every attack that a key server and its edges must withstand has tests of its own here.</summary>
public sealed class AttackListTests
{
    public static TheoryData<int, string> Attacks => new()
    {
        { 1, "a recorded RSA ClientKeyExchange opens an old session" },
        { 2, "the same by an edge compromised later" },
        { 3, "raw RSA decryption forges a signature" },
        { 4, "cross-protocol signing" },
        { 5, "a long-lived signature for another protocol" },
        { 6, "stockpiled signatures used after revocation" },
        { 7, "Bleichenbacher, ROBOT, Manger through the edge" },
        { 8, "premaster version rollback" },
        { 9, "resumption across edges" },
        { 10, "a revoked edge goes on resuming" },
        { 11, "triple handshake" },
        { 12, "a signature by a key that is not the presented certificate's" },
        { 13, "an edge of one tenant asks for another's key" },
        { 14, "probing which keys exist" },
        { 15, "replay, reordering or id reuse on the link" },
        { 16, "a wrong or faulty signature comes back" },
        { 17, "a bad part in split or threshold signing" },
        { 18, "an invalid point, a weak group, a value of small order" },
        { 19, "downgrade to a weak hash or scheme" },
        { 20, "flood, and cancelled requests that still burn the signer" },
        { 21, "Encrypted Client Hello hides the name from the policy" },
        { 22, "the owner cannot tell what an edge did" },
        { 23, "confusion between parties in delegated sessions" },
        { 24, "keys of a relayed handshake asked for on another connection" },
    };

    [Theory]
    [MemberData(nameof(Attacks))]
    public void Each_attack_has_a_class_of_its_own_with_tests(int number, string what)
    {
        var classes = typeof(AttackListTests).Assembly.GetTypes()
            .Where(type => Numbers(type).Contains(number) || type.GetMethods().Any(method => Numbers(method).Contains(number)))
            .Where(type => type.GetMethods().Any(method => method.GetCustomAttributes<FactAttribute>().Any()))
            .ToList();

        Assert.True(classes.Count > 0, $"no test of attack {number}: {what}");
        Assert.All(classes, type => Assert.StartsWith("Attack", type.Name, StringComparison.Ordinal));
    }

    private static IEnumerable<int> Numbers(MemberInfo member) =>
        member.GetCustomAttributes<TraitAttribute>().Where(trait => trait.Name == "Attack").Select(trait => int.Parse(trait.Value, System.Globalization.CultureInfo.InvariantCulture));
}
