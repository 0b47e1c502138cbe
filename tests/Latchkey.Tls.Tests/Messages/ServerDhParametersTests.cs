using System.Numerics;
using Latchkey.Crypto;
using Latchkey.Tls.Messages;

namespace Latchkey.Tls.Tests.Messages;

/// <summary>ServerDHParams as a key server reads what it is asked to sign (attacks 4 and 18).</summary>
[Trait("Catalogue", "K2")]
public sealed class ServerDhParametersTests
{
    public static TheoryData<NamedGroup> Groups => [.. Enum.GetValues<NamedGroup>().Where(group => group.IsFiniteField())];

    [Theory, MemberData(nameof(Groups))]
    public void Parameters_are_prime_generator_and_value_with_their_lengths(NamedGroup group)
    {
        var prime = FiniteFieldGroup.Prime(group).ToArray();
        var value = Value(group);
        var encoded = ServerDhParameters.Encode(group, value);
        byte[] expected = [.. HelloBuilder.V16(prime), .. HelloBuilder.V16([2]), .. HelloBuilder.V16(value)];
        Assert.Equal(expected, encoded);
        Assert.Equal(encoded, ServerKeyParameters.Encode(group, value));
        Assert.True(ServerKeyParameters.TryParse(encoded, out var found, out var read));
        Assert.Equal(group, found);
        Assert.Equal(value, read.ToArray());
        Assert.False(ServerEcdhParameters.TryParse(encoded, out _, out _));
    }

    [Theory, MemberData(nameof(Groups))]
    public void Nothing_but_the_named_groups_at_their_full_length_is_read(NamedGroup group)
    {
        var prime = FiniteFieldGroup.Prime(group).ToArray();
        var value = Value(group);
        var other = (new BigInteger(prime, isUnsigned: true, isBigEndian: true) - 2).ToByteArray(isUnsigned: true, isBigEndian: true);
        byte[][] refused =
        [
            Encode(other, [2], value),
            Encode(prime, [5], value),
            Encode(prime, [0, 2], value[1..]),
            Encode(prime, [2], value[1..]),
            Encode(prime, [2], [0, .. value]),
            Encode([0, .. prime], [2], value[1..]),
            Encode(value, [2], prime),
            [.. Encode(prime, [2], value), 0],
            [.. HelloBuilder.V16(prime), .. HelloBuilder.V16([2]), 0, 0, .. value],
            [.. HelloBuilder.V16(prime), 0xFF, 0xFF, 2, .. HelloBuilder.V16(value)],
            [0xFF, 0xFF, .. prime, .. HelloBuilder.V16([2]), .. HelloBuilder.V16(value)],
        ];
        Assert.All(refused, encoded => Assert.False(ServerKeyParameters.TryParse(encoded, out _, out _), Convert.ToHexString(encoded.AsSpan(0, 4))));
        var good = ServerDhParameters.Encode(group, value);
        for (var length = 0; length < good.Length; length++)
            Assert.False(ServerKeyParameters.TryParse(good.AsSpan(0, length), out _, out _));
        Assert.Throws<ArgumentOutOfRangeException>(() => ServerDhParameters.Encode(group, value.AsSpan(1)));
    }

    private static byte[] Value(NamedGroup group) => [.. Enumerable.Range(0, FiniteFieldGroup.Prime(group).Length).Select(i => (byte)(i * 5))];

    private static byte[] Encode(byte[] prime, byte[] generator, byte[] value) => [.. HelloBuilder.V16(prime), .. HelloBuilder.V16(generator), .. HelloBuilder.V16(value)];
}
