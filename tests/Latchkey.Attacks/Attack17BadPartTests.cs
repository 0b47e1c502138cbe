using Latchkey.Crypto;
using Latchkey.Splitting;
using Latchkey.Splitting.Threshold;
using Latchkey.Testing;

namespace Latchkey.Attacks;

/// <summary>Attack 17: a bad part or share among good ones. What comes out is verified, and the culprit is named. See also Latchkey.Interop/Splitting, through whole key servers.</summary>
[Trait("Attack", "17")]
public sealed class Attack17BadPartTests
{
    private const SignatureScheme Scheme = SignatureScheme.RsaPssRsaeSha256;
    private static readonly byte[] Message = "what the key server built"u8.ToArray();

    [Fact]
    public void A_share_of_another_dealing_is_named_by_its_proof_and_the_signature_is_not_used()
    {
        var (pkcs8, spki) = Key();
        var shares = ThresholdDealer.Split(pkcs8, spki, 2, 3);
        var foreign = ThresholdDealer.Split(pkcs8, spki, 2, 3)[2];
        Assert.True(foreign.IsWhole); // by its own account
        using var verifier = CryptoProvider.Default.ImportPublicKey(spki);
        var good = shares[0].SignPartially(Scheme, Message);
        var bad = foreign.SignPartially(Scheme, Message);

        var signature = ThresholdSignature.Combine(shares[0].Key, Scheme, Message, [good, bad]);

        Assert.False(verifier.Verify(Scheme, Message, signature));
        Assert.True(ThresholdSignature.IsProved(shares[0].Key, Scheme, Message, good));
        Assert.False(ThresholdSignature.IsProved(shares[0].Key, Scheme, Message, bad));
    }

    [Fact]
    public void Contrast_who_combines_without_verifying_lets_a_wrong_signature_out()
    {
        var (pkcs8, spki) = Key();
        var shares = ThresholdDealer.Split(pkcs8, spki, 2, 2);
        var bad = shares[1].SignPartially(Scheme, "another content"u8);

        var released = ThresholdSignature.Combine(shares[0].Key, Scheme, Message, [shares[0].SignPartially(Scheme, Message), bad]);

        using var verifier = CryptoProvider.Default.ImportPublicKey(spki);
        Assert.Equal(256, released!.Length);
        Assert.False(verifier.Verify(Scheme, Message, released));
    }

    [Fact]
    public void A_part_of_another_splitting_is_named_before_anything_is_joined()
    {
        var (pkcs8, spki) = Key();
        using var here = new SplitKey(KeySplitting.Split(pkcs8, spki, 2, 2)[0]);
        var foreign = KeySplitting.Split(pkcs8, spki, 2, 2)[1];

        var refused = Assert.Throws<KeyPartException>(() => here.Join(CryptoProvider.Default, [foreign]));

        Assert.StartsWith("part 2 of 2", refused.Message, StringComparison.Ordinal);
    }

    private static (byte[] Pkcs8, byte[] SubjectPublicKeyInfo) Key()
    {
        using var authority = TestAuthority.Create();
        var certificate = authority.IssueServer(TestKey.Rsa2048, "example.test");
        using var loaded = certificate.WithoutPrivateKey();
        return (certificate.PrivateKey, loaded.PublicKey.ExportSubjectPublicKeyInfo());
    }
}
