namespace Latchkey.KeyStores.Cloud.Aws;

/// <summary><c>awskms:alias/site?region=eu-central-1</c>, <c>awskms:KEY-ID?…</c>, or the key's whole ARN, which has the region in it.</summary>
/// <param name="Text">As it was written.</param>
/// <param name="KeyId">Identifier, alias or ARN.</param>
/// <param name="Account">Which client it takes.</param>
internal sealed record AwsKmsUri(string Text, string KeyId, AwsKmsAccount Account)
{
    /// <exception cref="KeyStoreException">No key in it, or an attribute that there is not.</exception>
    public static AwsKmsUri Parse(KeyUri uri)
    {
        ArgumentNullException.ThrowIfNull(uri);
        var query = uri.Rest.IndexOf('?', StringComparison.Ordinal);
        var key = Uri.UnescapeDataString(query < 0 ? uri.Rest : uri.Rest[..query]);
        var attributes = UriQuery.Read(uri, query < 0 ? "" : uri.Rest[(query + 1)..], '&', "region", "endpoint", "profile");
        if (key.Length == 0)
            throw new KeyStoreException($"{uri}: no key (expected awskms:alias/NAME?region=REGION, or the key's ARN)");
        var account = new AwsKmsAccount(attributes.GetValueOrDefault("region") ?? RegionOf(uri, key), attributes.GetValueOrDefault("endpoint"), attributes.GetValueOrDefault("profile"));
        return new AwsKmsUri(uri.ToString(), key, account);
    }

    // arn:aws:kms:REGION:ACCOUNT:key/ID
    private static string? RegionOf(KeyUri uri, string key)
    {
        if (!key.StartsWith("arn:", StringComparison.Ordinal))
            return null;
        var parts = key.Split(':');
        return parts.Length == 6 && parts[2] == "kms" && parts[3].Length > 0
            ? parts[3]
            : throw new KeyStoreException($"{uri}: not the ARN of a KMS key (expected arn:aws:kms:REGION:ACCOUNT:key/ID)");
    }
}

/// <summary>What a client of the service is made for.</summary>
/// <param name="Region">null: the environment's or the profile's.</param>
/// <param name="EndPoint">Another address than the region's own, as of a VPC endpoint.</param>
/// <param name="Profile">Of the AWS configuration files; null: the SDK's usual way to credentials.</param>
internal sealed record AwsKmsAccount(string? Region, string? EndPoint, string? Profile)
{
    public string Name => $"AWS KMS {EndPoint ?? Region ?? "of the environment"}{(Profile is null ? "" : $", profile {Profile}")}";
}
