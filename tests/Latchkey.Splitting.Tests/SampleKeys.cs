using Latchkey.Testing;

namespace Latchkey.Splitting.Tests;

/// <summary>Fresh keys: PKCS#8 and SubjectPublicKeyInfo.</summary>
internal static class SampleKeys
{
    public static (byte[] Pkcs8, byte[] SubjectPublicKeyInfo) Create(TestKey kind)
    {
        using var authority = TestAuthority.Create();
        var certificate = authority.IssueServer(kind, "example.test");
        using var loaded = certificate.WithoutPrivateKey();
        return (certificate.PrivateKey, loaded.PublicKey.ExportSubjectPublicKeyInfo());
    }
}
