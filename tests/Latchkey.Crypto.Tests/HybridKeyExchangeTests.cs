namespace Latchkey.Crypto.Tests;

public sealed class HybridKeyExchangeTests
{
    private const NamedGroup Group = NamedGroup.X25519MlKem768;

    [Fact, Trait("Catalogue", "X8")]
    public void Both_sides_reach_the_same_64_bytes_and_shares_have_the_drafts_sizes()
    {
        CryptoProvider crypto = Supporting();
        using KeyExchange client = crypto.CreateKeyExchange(Group);
        Assert.Equal(1216, client.PublicValue.Length);
        KeyExchangeAnswer answer = crypto.AnswerKeyExchange(Group, client.PublicValue.Span)!;
        using SecretBytes theirs = answer.SharedSecret;
        Assert.Equal(1120, answer.PublicValue.Length);
        using SecretBytes mine = client.DeriveSharedSecret(answer.PublicValue)!;
        Assert.Equal(64, mine.Length);
        Assert.True(mine.FixedTimeEquals(theirs.Span));
    }

    [Fact, Trait("Catalogue", "X8")]
    public void Malformed_shares_are_refused()
    {
        CryptoProvider crypto = Supporting();
        using KeyExchange client = crypto.CreateKeyExchange(Group);
        byte[] share = client.PublicValue.ToArray();
        Assert.Null(crypto.AnswerKeyExchange(Group, share.AsSpan(1)));
        Assert.Null(crypto.AnswerKeyExchange(Group, [.. share, 0]));
        byte[] coefficientsTooLarge = [.. share];
        coefficientsTooLarge.AsSpan(0, 384).Fill(0xFF);
        Assert.Null(crypto.AnswerKeyExchange(Group, coefficientsTooLarge));
        byte[] zeroPoint = [.. share];
        zeroPoint.AsSpan(1184).Clear();
        Assert.Null(crypto.AnswerKeyExchange(Group, zeroPoint));
        Assert.Null(client.DeriveSharedSecret(new byte[1119]));
    }

    [Theory, MemberData(nameof(Providers.Both), MemberType = typeof(Providers))]
    public void Exactly_the_unsupported_groups_have_a_reason(string provider)
    {
        CryptoProvider crypto = Providers.Named(provider);
        foreach (NamedGroup group in Enum.GetValues<NamedGroup>())
            Assert.Equal(crypto.Supports(group), crypto.UnsupportedReason(group) is null);
    }

    private static CryptoProvider Supporting()
    {
        CryptoProvider crypto = CryptoProvider.Default;
        Assert.SkipUnless(crypto.Supports(Group), $"X25519MLKEM768 is missing: {crypto.UnsupportedReason(Group)}");
        return crypto;
    }
}
