using Latchkey.Crypto;
using Latchkey.Testing;

namespace Latchkey.Splitting.Tests;

[Trait("Catalogue", "S4")]
public sealed class KeySplittingTests
{
    [Theory]
    [InlineData(TestKey.Rsa2048, 2, 2)]
    [InlineData(TestKey.EcdsaP256, 2, 3)]
    [InlineData(TestKey.EcdsaP384, 3, 5)]
    [InlineData(TestKey.Ed25519, 2, 3)]
    [InlineData(TestKey.EcdsaP256, 16, 16)]
    public void Any_of_the_parts_that_are_enough_give_the_key(TestKey kind, int threshold, int count)
    {
        var (pkcs8, parts) = Split(kind, threshold, count);
        foreach (var chosen in Choices(parts, threshold))
        {
            using var joined = KeySplitting.Join(chosen);
            Assert.Equal(pkcs8, joined.Span.ToArray());
        }
    }

    [Fact]
    public void Fewer_parts_than_are_needed_say_so()
    {
        var (_, parts) = Split(TestKey.EcdsaP256, 3, 5);
        var refused = Assert.Throws<KeyPartException>(() => KeySplitting.Join([parts[0], parts[4]]));
        Assert.Contains("2 part(s)", refused.Message, StringComparison.Ordinal);
        Assert.Contains("expected 3", refused.Message, StringComparison.Ordinal);
        Assert.Throws<KeyPartException>(() => KeySplitting.Join([parts[0], parts[0], parts[0]]));
    }

    [Fact]
    public void Fewer_parts_than_are_needed_fit_every_key_alike()
    {
        // With all but one part known, each value of the missing one gives another first byte: none is excluded.
        var seen = new HashSet<byte>();
        var shares = Shamir.ShamirShares.Make([0x30], 2, 2);
        for (var guess = 0; guess < 256; guess++)
        {
            using var other = SecretBytes.CopyOf([(byte)guess]);
            using var joined = Shamir.ShamirShares.Join([(1, shares[0]), (2, other)]);
            seen.Add(joined.Span[0]);
        }
        Assert.Equal(256, seen.Count);
    }

    [Fact]
    [Trait("Attack", "17")]
    public void A_part_that_was_altered_is_named()
    {
        var (_, parts) = Split(TestKey.Rsa2048, 2, 3);
        parts[1].Value.Span[100] ^= 1;
        var refused = Assert.Throws<KeyPartException>(() => KeySplitting.Join([parts[0], parts[1], parts[2]]));
        Assert.StartsWith("part 2 of 3", refused.Message, StringComparison.Ordinal);
        Assert.False(parts[1].IsWholeAccordingTo(parts[0]));
        Assert.True(parts[2].IsWholeAccordingTo(parts[0]));
    }

    [Fact]
    public void A_part_of_another_splitting_of_the_same_key_does_not_belong()
    {
        var (pkcs8, spki) = SampleKeys.Create(TestKey.EcdsaP256);
        var one = KeySplitting.Split(pkcs8, spki, 2, 2);
        var other = KeySplitting.Split(pkcs8, spki, 2, 2);
        Assert.Equal(one[0].Identifier.ToArray(), other[0].Identifier.ToArray());
        Assert.Throws<KeyPartException>(() => KeySplitting.Join([one[0], other[1]]));
    }

    [Fact]
    public void A_part_survives_its_file()
    {
        var (pkcs8, parts) = Split(TestKey.Rsa2048, 2, 2);
        using var file = KeyPartFile.Write(parts[1]);
        using var read = KeyPartFile.TryRead(file.Span)!;
        Assert.Equal(2, read.Number);
        using var joined = KeySplitting.Join([parts[0], read]);
        Assert.Equal(pkcs8, joined.Span.ToArray());
    }

    [Fact]
    public void A_file_in_which_one_character_changed_is_no_part()
    {
        var (_, parts) = Split(TestKey.EcdsaP256, 2, 2);
        using var file = KeyPartFile.Write(parts[0]);
        var position = file.Length - 60;
        file.Span[position] = file.Span[position] == (byte)'A' ? (byte)'B' : (byte)'A';
        Assert.Throws<KeyPartException>(() => KeyPartFile.TryRead(file.Span));
        Assert.Null(KeyPartFile.TryRead("nothing"u8));
    }

    private static (byte[] Pkcs8, IReadOnlyList<KeyPart> Parts) Split(TestKey kind, int threshold, int count)
    {
        var (pkcs8, spki) = SampleKeys.Create(kind);
        return (pkcs8, KeySplitting.Split(pkcs8, spki, threshold, count));
    }

    private static IEnumerable<List<KeyPart>> Choices(IReadOnlyList<KeyPart> parts, int size) =>
        Enumerable.Range(0, 1 << parts.Count)
            .Where(set => System.Numerics.BitOperations.PopCount((uint)set) == size)
            .Select(set => parts.Where((_, i) => (set >> i & 1) == 1).Reverse().ToList());
}
