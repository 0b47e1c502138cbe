using System.Text.Json;

namespace Latchkey.Crypto.Tests;

public sealed class SignatureVectorTests
{
    [Theory]
    [InlineData(Providers.Libcrypto, SignatureScheme.EcdsaSecp256r1Sha256, "ecdsa_secp256r1_sha256_test.json")]
    [InlineData(Providers.Libcrypto, SignatureScheme.EcdsaSecp384r1Sha384, "ecdsa_secp384r1_sha384_test.json")]
    [InlineData(Providers.Libcrypto, SignatureScheme.Ed25519, "ed25519_test.json")]
    [InlineData(Providers.Libcrypto, SignatureScheme.RsaPssRsaeSha256, "rsa_pss_2048_sha256_mgf1_32_test.json")]
    [InlineData(Providers.Libcrypto, SignatureScheme.RsaPkcs1Sha256, "rsa_signature_2048_sha256_test.json")]
    [InlineData(Providers.BaseLibrary, SignatureScheme.EcdsaSecp256r1Sha256, "ecdsa_secp256r1_sha256_test.json")]
    [InlineData(Providers.BaseLibrary, SignatureScheme.EcdsaSecp384r1Sha384, "ecdsa_secp384r1_sha384_test.json")]
    [InlineData(Providers.BaseLibrary, SignatureScheme.RsaPssRsaeSha256, "rsa_pss_2048_sha256_mgf1_32_test.json")]
    [InlineData(Providers.BaseLibrary, SignatureScheme.RsaPkcs1Sha256, "rsa_signature_2048_sha256_test.json")]
    public void Verification_agrees_with_wycheproof(string provider, SignatureScheme scheme, string file)
    {
        CryptoProvider crypto = Providers.Named(provider);
        int ran = 0;
        foreach ((JsonElement group, JsonElement test) in Vectors.Wycheproof(file))
        {
            using PublicKey key = crypto.ImportPublicKey(group.Hex("publicKeyDer"));
            bool verified = key.Verify(scheme, test.Hex("msg"), test.Hex("sig"));
            if (test.Text("result") != "acceptable")
                Assert.True(test.Text("result") == "valid" == verified, test.Describe());
            ran++;
        }
        Assert.True(ran > 50, $"only {ran} cases ran");
    }
}
