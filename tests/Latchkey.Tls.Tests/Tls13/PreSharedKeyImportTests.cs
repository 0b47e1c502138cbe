using System.Text;
using Latchkey.Crypto;
using Latchkey.Tls.Tls13;

namespace Latchkey.Tls.Tests.Tls13;

/// <summary>RFC 9258 has no test vectors: these were made with the implementation of BoringSSL's test runner.</summary>
[Trait("Catalogue", "G4")]
public sealed class PreSharedKeyImportTests
{
    [Theory]
    [InlineData(DigestAlgorithm.Sha256, "000470736b310008636f6e746578743103040001", "77cfa040c1e1ca63f0cd989dbefb28f5129625b08ce4f258bb825a9b0a4642a0")]
    [InlineData(DigestAlgorithm.Sha384, "000470736b310008636f6e746578743103040002", "3cb0eb3c10863c51a674df9f7b5900b47aa9353ba35c475b7ff6ad53f868ea97ee896b7b54460853340f699b91949d8d")]
    public void One_external_key_becomes_a_key_of_its_own_for_each_digest(DigestAlgorithm target, string expectedIdentity, string expectedKey)
    {
        var identity = PreSharedKeyImport.Identity("psk1"u8, "context1"u8, target);
        using var external = SecretBytes.CopyOf("ABCDABCDABCDABCDABCDABCDABCDABCD"u8);

        using var imported = PreSharedKeyImport.Derive(CryptoProvider.Default, external, DigestAlgorithm.Sha256, identity, target);

        Assert.Equal(expectedIdentity, Convert.ToHexStringLower(identity));
        Assert.Equal(expectedKey, Convert.ToHexStringLower(imported.Span));
    }

    [Fact]
    public void Another_context_is_another_key()
    {
        using var external = SecretBytes.CopyOf("ABCDABCDABCDABCDABCDABCDABCDABCD"u8);

        using var first = Derive(external, "one");
        using var second = Derive(external, "two");

        Assert.NotEqual(Convert.ToHexString(first.Span), Convert.ToHexString(second.Span));
    }

    [Fact]
    public void An_identity_has_at_least_one_byte() =>
        Assert.Throws<ArgumentException>(() => PreSharedKeyImport.Identity([], [], DigestAlgorithm.Sha256));

    private static SecretBytes Derive(SecretBytes external, string context) => PreSharedKeyImport.Derive(
        CryptoProvider.Default,
        external,
        DigestAlgorithm.Sha256,
        PreSharedKeyImport.Identity("psk1"u8, Encoding.ASCII.GetBytes(context), DigestAlgorithm.Sha256),
        DigestAlgorithm.Sha256);
}
