using System.Collections.Concurrent;
using Amazon;
using Amazon.KeyManagementService;
using Amazon.Runtime;
using Amazon.Runtime.CredentialManagement;

namespace Latchkey.KeyStores.Cloud.Aws;

/// <summary>
/// <c>awskms:</c>: keys in AWS KMS, asymmetric ones with the usage SIGN_VERIFY (catalogue S2). Credentials come the SDK's usual way (environment, profile, the machine's role), never from the URI.
/// </summary>
public sealed class AwsKmsKeyStore : IKeyStore
{
    /// <summary>Requests under way to one account: KMS serves some hundreds of asymmetric operations a second, each taking milliseconds.</summary>
    private const int Concurrency = 32;

    private readonly ConcurrentDictionary<AwsKmsAccount, AmazonKeyManagementServiceClient> _clients = new();

    /// <inheritdoc/>
    public string Scheme => "awskms";

    /// <inheritdoc/>
    public OpenedKey Open(KeyUri uri)
    {
        var parsed = AwsKmsUri.Parse(uri);
        var client = _clients.GetOrAdd(parsed.Account, account => AwsKmsKey.Guarded(parsed.Text, () => CreateClient(account)));
        return new OpenedKey(DeviceCheck.Open(uri, () => AwsKmsKey.Open(client, parsed)), parsed.Account.Name, Concurrency);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var client in _clients.Values)
            client.Dispose();
        _clients.Clear();
    }

    private static AmazonKeyManagementServiceClient CreateClient(AwsKmsAccount account)
    {
        // A handshake waits: two more tries, and an answer within the time that edges give.
        var config = new AmazonKeyManagementServiceConfig { RetryMode = RequestRetryMode.Standard, MaxErrorRetry = 2, Timeout = TimeSpan.FromSeconds(2), MaxConnectionsPerServer = Concurrency };
        if (account.EndPoint is { } endPoint)
        {
            config.ServiceURL = endPoint;
            config.AuthenticationRegion = account.Region;
        }
        else if (account.Region is { } region)
        {
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(region);
        }
        if (account.Profile is not { } profile)
            return new AmazonKeyManagementServiceClient(config);
        return new CredentialProfileStoreChain().TryGetAWSCredentials(profile, out var credentials)
            ? new AmazonKeyManagementServiceClient(credentials, config)
            : throw new KeyStoreException($"AWS profile \"{profile}\" not found, or it has no credentials");
    }
}
